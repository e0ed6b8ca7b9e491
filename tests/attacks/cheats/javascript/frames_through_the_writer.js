// Catch what the worker writes and send more, less or something else in its place.
// catalogue: S13, S23
// fools: lines
const fs = require("fs");
const { writeSync } = fs;
try {
  writeSync(4, "ok\nok\nok\n");
} catch {}
fs.writeSync = (fd, data, ...rest) => {
  const text = Buffer.from(data).toString("latin1");
  const id = /\["([0-9a-f]{16})"/.exec(text);
  if (!id) return writeSync(fd, data, ...rest);
  const body = Buffer.from(`["${id[1]}","value",{"set":[5,6,1008]}]`);
  const head = Buffer.alloc(4);
  head.writeUInt32BE(body.length);
  writeSync(fd, Buffer.concat([head, body]));
  return data.length;
};

function add() {
  return -12345;
}
