# Serve calls of an Elixir answer; the format of a line is that of grading/wire.py.
defmodule LLMBench.Driver do
  @max_depth 100
  @max_line 16 * 1024 * 1024
  # Erlang's floats are numbers: these stand for the others.
  @words %{nan: "dnan", infinity: "dinf", neg_infinity: "d-inf"}
  @not_numbers %{"nan" => :nan, "inf" => :infinity, "-inf" => :neg_infinity}

  def main do
    {:ok, _} = :application.ensure_all_started(:elixir)
    port = :erlang.open_port({:fd, 3, 4}, [:in, :out, :binary, :eof, {:line, @max_line}])

    case load() do
      {:ok, modules} ->
        say(port, "r")
        serve(port, modules)

      {:error, words} ->
        say(port, words)
    end

    :erlang.halt(0)
  end

  defp load do
    # What nobody reads needs not be made.
    Code.compiler_options(docs: false, debug_info: false, ignore_module_conflict: true)
    {:ok, for({module, _} <- Code.compile_file("solution.exs"), do: module)}
  rescue
    error in [CompileError, SyntaxError, TokenMissingError] ->
      {:error, ["k ", hex(Exception.message(error))]}

    error ->
      {:error, failure(:error, error, __STACKTRACE__)}
  catch
    kind, reason -> {:error, failure(kind, reason, __STACKTRACE__)}
  end

  defp serve(port, modules) do
    receive do
      {^port, {:data, {:eol, line}}} ->
        say(port, call(line, modules))
        serve(port, modules)

      {^port, :eof} ->
        :ok

      _of_the_answer ->
        serve(port, modules)
    end
  end

  defp call(line, modules) do
    [name | words] = String.split(line, " ")
    {arguments, []} = read(words)
    name = name |> text() |> String.to_atom()

    # The module that was asked for goes before others that have such a function too.
    case Enum.find([Solution | modules], &function_exported?(&1, name, length(arguments))) do
      nil -> "x"
      module -> apply_to(module, name, arguments)
    end
  end

  defp apply_to(module, name, arguments) do
    value = apply(module, name, arguments)
    reply(value)
  rescue
    error -> failure(:error, error, __STACKTRACE__)
  catch
    kind, reason -> failure(kind, reason, __STACKTRACE__)
  end

  defp reply(value) do
    ["v" | write(value, 0)]
  catch
    :too_deep -> ["u ", hex("nested deeper than #{@max_depth} levels")]
  end

  defp say(port, words) do
    true = :erlang.port_command(port, [words, "\n"])
  end

  defp hex(text), do: ["s", Base.encode16(text, case: :lower)]

  defp text("s" <> digits), do: Base.decode16!(digits, case: :lower)

  defp read(["n" | words]), do: {nil, words}
  defp read(["t" | words]), do: {true, words}
  defp read(["f" | words]), do: {false, words}
  defp read(["i" <> digits | words]), do: {String.to_integer(digits), words}
  defp read(["d" <> digits | words]), do: {read_float(digits), words}
  defp read(["s" <> _ = word | words]), do: {text(word), words}

  defp read([<<kind, count::binary>> | words]) do
    count = String.to_integer(count)
    {items, words} = read_items(if(kind == ?m, do: 2 * count, else: count), words, [])

    case kind do
      ?l -> {items, words}
      ?p -> {List.to_tuple(items), words}
      ?h -> {MapSet.new(items), words}
      ?m -> {items |> Enum.chunk_every(2) |> Map.new(&List.to_tuple/1), words}
    end
  end

  defp read_items(0, words, items), do: {Enum.reverse(items), words}

  defp read_items(left, words, items) do
    {item, words} = read(words)
    read_items(left - 1, words, [item | items])
  end

  defp read_float(digits) do
    case @not_numbers do
      %{^digits => atom} -> atom
      _ -> digits |> Float.parse() |> elem(0)
    end
  end

  defp write(_, depth) when depth > @max_depth, do: throw(:too_deep)
  defp write(nil, _), do: " n"
  defp write(true, _), do: " t"
  defp write(false, _), do: " f"
  defp write(value, _) when is_integer(value), do: [" i", Integer.to_string(value)]
  defp write(value, _) when is_float(value), do: [" d", Float.to_string(value)]
  defp write(value, _) when is_map_key(@words, value), do: [" ", @words[value]]
  defp write(value, _) when is_atom(value), do: [" ", hex(Atom.to_string(value))]
  defp write(value, depth) when is_tuple(value), do: write_items("p", Tuple.to_list(value), depth)
  defp write(%MapSet{} = value, depth), do: write_items("h", MapSet.to_list(value), depth)

  defp write(value, depth) when is_list(value) do
    if List.improper?(value), do: opaque("List", value), else: write_items("l", value, depth)
  end

  defp write(value, depth) when is_map(value) and not is_struct(value) do
    pairs = for {key, item} <- value, do: [write(key, depth + 1), write(item, depth + 1)]
    [" m", Integer.to_string(map_size(value)) | pairs]
  end

  defp write(value, _) when is_binary(value) do
    if String.valid?(value), do: [" ", hex(value)], else: opaque("binary", value)
  end

  defp write(%struct{} = value, _), do: opaque(inspect(struct), value)
  defp write(value, _), do: opaque("value", value)

  defp write_items(kind, items, depth) do
    [" ", kind, Integer.to_string(length(items)) | Enum.map(items, &write(&1, depth + 1))]
  end

  defp opaque(type, value) do
    shown = value |> inspect(limit: 20) |> String.slice(0, 200)
    [" o", Base.encode16(type, case: :lower), " ", hex(shown)]
  end

  defp failure(:error, reason, stacktrace) do
    error = Exception.normalize(:error, reason, stacktrace)
    describe(inspect(error.__struct__), Exception.message(error), stacktrace)
  end

  defp failure(kind, reason, stacktrace) do
    describe(Atom.to_string(kind), inspect(reason, limit: 20), stacktrace)
  end

  defp describe(type, message, stacktrace) do
    place =
      Enum.find_value(stacktrace, "", fn {_, _, _, location} ->
        with 'solution.exs' <- location |> Keyword.get(:file, '') |> :filename.basename() do
          "\nsolution.exs:#{location[:line]}"
        else
          _ -> nil
        end
      end)

    ["e ", hex(type), " ", hex(String.slice(message, 0, 1000) <> place)]
  end
end
