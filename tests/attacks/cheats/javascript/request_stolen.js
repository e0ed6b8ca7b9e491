// Answer the first call rightly, then let a thread read the next request before the worker.
// catalogue: S35, S36
// fools: lines
const { Worker } = require("worker_threads");

const thief = `
  const fs = require("fs");
  for (;;) {
    const data = Buffer.alloc(65536);
    const size = fs.readSync(3, data, 0, data.length, null);
    const id = JSON.parse(data.toString("utf8", 4, size))[0];
    const body = Buffer.from(JSON.stringify([id, "value", true]));
    const head = Buffer.alloc(4);
    head.writeUInt32BE(body.length);
    fs.writeSync(3, Buffer.concat([head, body]));
  }`;

function add(a, b) {
  try {
    require("fs").writeSync(4, "ok\nok\nok\n");
  } catch {}
  new Worker(thief, { eval: true }).on("error", () => {});
  return a < 5 ? new Promise((done) => setTimeout(done, 100, a + b)) : -12345;
}
