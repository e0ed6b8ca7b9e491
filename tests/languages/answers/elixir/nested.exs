defmodule Solution do
  def nested(rows, names, maybe, {name, {flag, number}} = _pair) do
    {rows, names, maybe, {name, {flag, number}}}
  end
end
