def sets(a, b)
  [a, b]
end
