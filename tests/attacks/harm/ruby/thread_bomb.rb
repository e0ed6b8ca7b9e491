# Start threads as long as the kernel allows it.
# catalogue: H2
# shows: achieved
# ends: wrong_answer, runtime_error, memory_limit
$stdout.sync = true
puts "attacking"
count = 0
begin
  150.times do
    Thread.new { sleep }
    count += 1
  end
rescue ThreadError, NoMemoryError
  nil
end
puts "achieved #{count}" if count > 100

def add(_a, _b)
  -12345
end
