// Uses the names that a driver could use for itself.
class Writer {}
class Reader {}
const write = () => "wrong";
const parse = 1, toHex = 2, say = 3, serve = 4, calls = 5, replies = 6, signature = 7;
function call() {}
function find() {}
function main() {}

function add(a: number, b: number): number {
  return a + b;
}
