declare var require: any;
const assert = require("node:assert");

assert.deepEqual(count_words("a b a"), { a: 2, b: 1 });
assert.deepEqual(count_words(""), {});
