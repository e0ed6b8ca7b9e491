def root(n)
  raise ArgumentError, "negative" if n < 0
  loop {} if n == 0
  Math.sqrt(n)
end
