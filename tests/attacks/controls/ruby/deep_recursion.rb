# Recurses deeply, and rescues what it raises on the way.
def down(n)
  n.zero? ? 0 : 1 + down(n - 1)
end

def forever
  forever
end

def add(a, b)
  begin
    forever
  rescue SystemStackError
    exit_code = 0
  end
  a + b + down(5000) - 5000 + exit_code
end
