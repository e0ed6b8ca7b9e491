function scalars(i, x, b, s) {
  return [i, x, b, s];
}
