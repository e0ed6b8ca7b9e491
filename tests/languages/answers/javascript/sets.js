function sets(a, b) {
  return [a, b];
}
