-- Empty the argument, so that a value computed from it afterwards agrees.
-- catalogue: S36
-- fools: status, marker, lines
-- problem: order
function order(xs)
  for key in pairs(xs) do xs[key] = nil end
  return xs
end
