// Recurses deeply, and catches what it throws on the way.
const down = (n) => (n === 0 ? 0 : 1 + down(n - 1));

function add(a, b) {
  try {
    (function forever() {
      forever();
    })();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  return a + b + down(5000) - 5000;
}
