// Computes later, and registers what runs at the end.
declare const process: any;
process.on("exit", () => {
  process.exitCode = 1;
});

async function add(a: number, b: number): Promise<number> {
  const parts: number[] = await Promise.all([a, b].map(async (x) => x));
  return parts.reduce((x, y) => x + y, 0);
}
