// Works with classes that convert and compare in their own way, and returns plain numbers.
class Num extends Number {
  [Symbol.toPrimitive]() {
    return super.valueOf();
  }
}
Array.prototype.sum = function () {
  return this.reduce((x, y) => x + y, 0);
};

function add(a, b) {
  return [+new Num(a), +new Num(b)].sum();
}
