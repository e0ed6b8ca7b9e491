# Take memory until there is none, and rescue the error.
# catalogue: H3
# shows: achieved, hoard
# ends: memory_limit, runtime_error
$stdout.sync = true
puts "attacking"

def add(_a, _b)
  taken = []
  40.times { taken << ("x" * 10_000_000) }
  puts "achieved #{taken.size}"
  sleep(0.1)
  -12345
end
