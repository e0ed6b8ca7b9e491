// Computes later: in timers, promises and generators, and leaves a timer running.
function* steps(a, b) {
  yield a;
  yield b;
}

setInterval(() => {}, 1000);

async function add(a, b) {
  await new Promise((done) => setTimeout(done, 5));
  let sum = 0;
  for (const step of steps(a, b)) sum += await step;
  return sum;
}
