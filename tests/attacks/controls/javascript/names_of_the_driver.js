// Uses the names that a driver could use for itself.
var main = 1, load = 2, exported = {}, lookUp = null, parse = 3, stringify = 4, isArray = 5;
const write = () => "wrong";
class Encoder {}
function call() {}
function decode() {}
function exactly() {}
function raised() {}
function findFunction() {}
var fs, vm, fd, run, script, namespace, process_ = {};

function add(a, b) {
  return a + b;
}
