ExUnit.start()

defmodule SolutionTest do
  use ExUnit.Case

  test "roots of squares" do
    assert Solution.root(4) == 2.0
    assert Solution.root(9) == 3.0
  end

  test "a negative number" do
    assert_raise ArgumentError, "negative", fn -> Solution.root(-1) end
  end
end
