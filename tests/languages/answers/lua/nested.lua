function nested(rows, names, maybe, pair)
  return rows, names, maybe, pair
end
