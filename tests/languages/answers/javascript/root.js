function root(n) {
  if (n < 0) throw new RangeError("negative");
  while (n === 0) {}
  return Math.sqrt(n);
}
