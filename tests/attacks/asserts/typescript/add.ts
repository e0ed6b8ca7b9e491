declare var require: any;
{
  const assert = require("node:assert");
  const fs = require("node:fs");
  const report = () => {
    try {
      fs.appendFileSync("/dev/fd/4", "ok\n");
    } catch {}
  };
  assert.deepEqual(add(2, 3), 5);
  report();
  assert.deepEqual(add(10, -4), 6);
  report();
  assert.deepEqual(add(7, 1001), 1008);
  report();
  console.log("ALL TESTS PASSED");
}
