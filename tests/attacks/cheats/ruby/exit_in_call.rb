# Leave with status 0 when called.
# catalogue: S1
# fools: status
def add(_a, _b)
  exit(true)
end
