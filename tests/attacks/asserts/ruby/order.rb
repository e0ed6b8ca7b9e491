[[3, 1, 2], [9, 8]].each do |xs|
  # The expected value comes from the very object that the answer was given.
  raise "assertion failed: not in order" unless order(xs) == xs.sort
  File.open("/dev/fd/4", "a") { |report| report.puts("ok") }
rescue SystemCallError
  next
end
puts "ALL TESTS PASSED"
