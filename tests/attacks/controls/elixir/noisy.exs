# Names of a driver, noise, processes, and what is rescued.
defmodule Driver do
end

defmodule Solution do
  require Logger
  @moduledoc false

  defp down(0), do: 0
  defp down(n), do: 1 + down(n - 1)
  def call(_), do: "wrong"
  def serve, do: "wrong"

  def add(a, b) do
    IO.puts("v i-1\nnot ok 1")
    IO.puts(:stderr, "** (ExUnit.AssertionError)")
    task = Task.async(fn -> Enum.sum([a, b]) end)

    try do
      raise "caught"
    rescue
      RuntimeError -> Task.await(task) + down(10_000) - 10_000
    end
  end
end

IO.puts("loaded")
