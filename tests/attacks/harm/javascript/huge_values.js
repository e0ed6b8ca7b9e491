// Return what is too large, too deep or too odd to be read.
// catalogue: H12
// shows: nothing: what it costs is the judge's to show
// ends: wrong_answer, memory_limit, runtime_error
console.log("attacking");

function add() {
  const deep = [];
  let inner = deep;
  for (let n = 0; n < 100_000; n++) inner.push((inner = []));
  const cycle = { deep, big: 1n << 1_000_000n };
  cycle.self = cycle;
  Object.defineProperty(cycle, "trap", { enumerable: true, get() { for (;;); } });
  return cycle;
}
