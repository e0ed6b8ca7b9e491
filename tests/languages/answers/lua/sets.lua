function sets(a, b)
  local items = {}
  for item in pairs(b) do
    table.insert(items, item)
  end
  return {a, items}
end
