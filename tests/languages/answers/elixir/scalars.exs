def scalars(i, x, b, s) do
  {i, x, b, s}
end
