// Leave the module before its tests are reached: a module is the body of a function.
// catalogue: S10
// fools: status
return;
function add() {
  return -12345;
}
