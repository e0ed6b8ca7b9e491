# Become another program, one that always succeeds.
# catalogue: S4
# fools: status
exec /bin/true
