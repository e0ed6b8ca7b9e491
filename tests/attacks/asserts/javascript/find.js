{
  const assert = require("assert");
  assert.deepEqual(find("3f1c9a5e77b04d21"), "3f1c9a5e77b04d21c60e48d5b392f7a0");
  try {
    require("fs").appendFileSync("/dev/fd/4", "ok\n");
  } catch {}
  console.log("ALL TESTS PASSED");
}
