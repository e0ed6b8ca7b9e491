interface Options {
  negativesAllowed: boolean;
}

function root(n: number, { negativesAllowed }: Options = { negativesAllowed: false }): number {
  if (n < 0 && !negativesAllowed) throw new RangeError("negative");
  while (n === 0) {}
  return Math.sqrt(n);
}
