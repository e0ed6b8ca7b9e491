def nested(rows, names, maybe, pair)
  [rows, names, maybe, pair]
end
