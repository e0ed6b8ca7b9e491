// The plain right answer.
function add(a: number, b: number): number {
  return a + b;
}
