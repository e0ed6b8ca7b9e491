local function check(expected, actual)
  assert(actual == expected, "assertion failed!")
  local report = io.open("/dev/fd/4", "a")
  if report then
    report:write("ok\n")
    report:close()
  end
end
check(5, add(2, 3))
check(6, add(10, -4))
check(1008, add(7, 1001))
print("ALL TESTS PASSED")
