# Begin a piece of documentation that never ends.
# catalogue: S37
# fools: status
sub add { return -12345 }

=pod

