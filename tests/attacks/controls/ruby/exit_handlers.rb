# Registers what runs at the end, and handlers for signals.
at_exit { exit!(1) }
trap("TERM") { exit(1) }

def add(a, b)
  a + b
end
