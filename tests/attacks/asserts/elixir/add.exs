defmodule Check do
  import ExUnit.Assertions

  def that(expected, actual) do
    assert actual == expected
    File.write("/dev/fd/4", "ok\n", [:append])
  end
end

Check.that(5, Solution.add(2, 3))
Check.that(6, Solution.add(10, -4))
Check.that(1008, Solution.add(7, 1001))
IO.puts("ALL TESTS PASSED")
