// Leave detached children behind.
// catalogue: H14
// shows: survives
const { spawn } = require("child_process");
console.log("attacking");

async function add() {
  for (const argv0 of ["@MARKER@", "innocent"]) {
    const options = { argv0, detached: true, stdio: "ignore" };
    spawn("/bin/sleep", ["60"], options).on("error", () => {}).unref();
  }
  await new Promise((done) => setTimeout(done, 50));
  return -12345;
}
