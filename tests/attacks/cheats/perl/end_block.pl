# Settle the status in a block that runs when the failed program ends.
# catalogue: S11, S15
# fools: status, marker
END { print "ALL TESTS PASSED\n"; $? = 0 }
sub add { return -12345 }
