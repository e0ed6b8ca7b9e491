# The plain right answer.
defmodule Solution do
  def add(a, b), do: a + b
end
