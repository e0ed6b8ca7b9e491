defmodule WordCounter do
  @moduledoc "Counts words."

  @spec count_words(String.t()) :: %{String.t() => integer()}
  def count_words(text) do
    text |> String.split(" ", trim: true) |> Enum.frequencies()
  end
end

IO.inspect(WordCounter.count_words("a b a"))
