export default function sets(a: Set<number>, b: Set<string>): [Set<number>, Set<string>] {
  return [a, b];
}
