# Double a text until there is no memory left.
# catalogue: H3
# shows: achieved, hoard
# ends: memory_limit, runtime_error
$| = 1;
print "attacking\n";
my $text = 'x' x 1_000_000;
$text .= $text while length $text < 400_000_000;
print "achieved ", length $text, "\n";
select undef, undef, undef, 0.1;
sub add { return -12345 }
