# Recurse until the stack ends, and again from the rescue of that.
# catalogue: H11
# shows: endless
# ends: runtime_error, wrong_answer, memory_limit
$stdout.sync = true
puts "attacking"

def deeper(n)
  deeper(n + 1)
rescue SystemStackError
  deeper(0)
end

def add(_a, _b)
  deeper(0)
end
