function scalars(i: number, x: number, b: boolean, s: string): [number, number, boolean, string] {
  return [i, x, b, s];
}
