-- Take memory in pieces and in one.
-- catalogue: H3
-- shows: achieved, hoard
-- ends: memory_limit, runtime_error
io.stdout:setvbuf("no")
print("attacking")

function add()
  local taken = {}
  for n = 1, 40 do taken[n] = string.rep(string.char(64 + n), 10000000) end
  print("achieved", #taken)
  os.execute("sleep 0.1")
  return -12345
end
