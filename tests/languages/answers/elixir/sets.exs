defmodule Solution do
  @spec sets(MapSet.t(integer()), MapSet.t(String.t())) ::
          {MapSet.t(integer()), MapSet.t(String.t())}
  def sets(a, b) do
    {MapSet.new(a), b}
  end
end
