// Start processes as long as the kernel allows it.
// catalogue: H1
// shows: achieved, crowd, survives
// ends: memory_limit, runtime_error, wrong_answer
const { spawn } = require("child_process");
const fs = require("fs");
process.on("uncaughtException", () => {});
fs.writeSync(1, "attacking\n");

function add() {
  let started = 0;
  for (let n = 0; n < 100; n++) {
    const child = spawn("/bin/sleep", ["60"], { detached: true, stdio: "ignore" });
    child.on("error", () => {}).unref();
    started += child.pid ? 1 : 0;
  }
  if (started > 60) fs.writeSync(1, `achieved ${started}\n`);
  return new Promise((done) => setTimeout(done, 200, -12345));
}
