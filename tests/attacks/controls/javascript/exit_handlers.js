// Registers what runs at the end, and handlers for errors and signals.
process.on("exit", () => {});
process.on("uncaughtException", () => process.exit(1));
process.on("SIGTERM", () => {});
process.exitCode = 3;

function add(a, b) {
  return a + b;
}
