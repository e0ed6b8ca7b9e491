local function scalars(i, x, b, s)
  assert(math.type(i) == "integer" and math.type(x) == "float")
  return {i, x, b, s}
end
