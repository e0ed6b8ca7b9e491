// Kill the parent and whoever else can be reached.
// catalogue: H16
// shows: broken
// ends: wrong_answer, runtime_error
console.log("attacking");
for (const pid of [process.ppid, 1, -1]) {
  for (const signal of ["SIGSTOP", "SIGKILL"]) {
    try {
      process.kill(pid, signal);
    } catch {}
  }
}

function add() {
  return -12345;
}
