# Brings a main that would end the program.
def add(a, b)
  a + b
end

if __FILE__ == $PROGRAM_NAME
  raise "broken" unless add(1, 1) == 3
  exit 1
end
