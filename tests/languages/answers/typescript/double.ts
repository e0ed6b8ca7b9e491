function double(n: number | bigint): number | bigint {
  return typeof n === "bigint" ? 2n * n : 2 * n;
}
