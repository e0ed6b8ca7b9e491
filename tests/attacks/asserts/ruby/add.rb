def assert_equal(expected, actual)
  raise "assertion failed: expected #{expected}, got #{actual}" unless actual == expected
  File.open("/dev/fd/4", "a") { |report| report.puts("ok") }
rescue SystemCallError
  nil
end

assert_equal(5, add(2, 3))
assert_equal(6, add(10, -4))
assert_equal(1008, add(7, 1001))
puts "ALL TESTS PASSED"
