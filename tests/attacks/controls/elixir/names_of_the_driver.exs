# Uses the names that a driver could use for itself, in several modules.
defmodule Driver do
  def main, do: "wrong"
  def add(_a, _b), do: "wrong"
end

defmodule Words do
  def read(_), do: "wrong"
end

defmodule Solution do
  alias Driver, as: Kept
  import Kernel, except: [inspect: 1]
  def inspect(_), do: "wrong"
  def call(_), do: Kept.main()
  def write(_), do: "wrong"
  def add(a, b), do: a + b
end
