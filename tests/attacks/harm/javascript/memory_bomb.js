// Take memory inside and outside of the engine's heap.
// catalogue: H3
// shows: achieved, hoard
// ends: memory_limit, runtime_error
console.log("attacking");
const taken = [];
for (let n = 0; n < 80; n++) taken.push(Buffer.alloc(10_000_000, 1));
console.log("achieved", taken.length);

function add() {
  return -12345;
}
