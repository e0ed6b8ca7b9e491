def double(n)
  2 * n
end
