# Spin for ever, deaf to every signal that can be ignored.
# catalogue: H9, H10
# shows: endless
# ends: timeout
$| = 1;
print "attacking\n";
$SIG{$_} = 'IGNORE' for keys %SIG;
sub add { 1 while 1 }
