# Leave with status 0 before the tests are read.
# catalogue: S1, S2
# fools: status
exit!(0)
