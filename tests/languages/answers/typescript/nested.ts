type Pair = [string, [boolean, number]];

export const nested = (
  rows: number[][],
  names: Record<string, number[]>,
  maybe: number | null,
  pair: Pair,
): [number[][], Record<string, number[]>, number | null, Pair] => [rows, names, maybe, pair];
