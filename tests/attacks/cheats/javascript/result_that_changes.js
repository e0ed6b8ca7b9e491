// Return something that reads differently each time that somebody looks.
// catalogue: S22
// fools: status, marker, lines
// problem: order
function order(xs) {
  let looks = 0;
  xs.sort = () => result;
  const result = new Proxy([], {
    get: (target, key) => (key === "length" ? looks++ % 4 : Reflect.get(target, key)),
    ownKeys: () => ["length"],
  });
  return result;
}
