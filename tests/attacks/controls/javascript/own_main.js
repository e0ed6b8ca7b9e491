// Brings its own tests and a main that would end the program, and exports its function.
const assert = require("node:assert");

const add = (a, b) => a + b;

if (require.main === module) {
  assert.strictEqual(add(1, 1), 3);
  process.exit(1);
}

module.exports = { add };
