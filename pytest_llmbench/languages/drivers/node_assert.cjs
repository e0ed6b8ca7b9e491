// A failed `console.assert` prints and goes on; tests that use it mean it.
'use strict';
console.assert = (condition, ...words) => {
  if (condition) return;
  const error = new Error(words.map(String).join(' ') || 'Assertion failed');
  error.name = 'AssertionError';
  Error.captureStackTrace(error, console.assert);
  throw error;
};
