// Types of all kinds, an export, and noise.
interface Sum<T extends number = number> {
  readonly left: T;
  readonly right: T;
}
enum Sign {
  Plus = 1,
}
type Adder = (a: number, b: number) => number;
class Calculator<T extends number> {
  constructor(private readonly sum: Sum<T>) {}
  get value(): number {
    return (this.sum.left as number) + Sign.Plus * this.sum.right;
  }
}

export const add: Adder = (a, b) => {
  console.log("not ok 1", "v i-1");
  console.error("AssertionError");
  return new Calculator({ left: a, right: b }).value;
};
