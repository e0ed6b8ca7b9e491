defmodule Solution do
  def root(n) when n < 0, do: raise(ArgumentError, "negative")
  def root(0), do: root(0)
  def root(n), do: :math.sqrt(n)
end
