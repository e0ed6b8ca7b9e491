# Registers what runs at the end, and handlers for signals and errors; dies and catches it.
END { $? = 3 }
$SIG{__DIE__} = sub { print STDERR "dying\n" };
$SIG{TERM} = 'IGNORE';

sub add {
    my ($x, $y) = @_;
    my $sum;
    eval { die "caught\n" };
    $sum = $x + $y if $@;
    return wantarray ? ($sum) : $sum;
}

print "main: ", add(1, 1), "\n" unless caller;
1;
__END__
sub add { return -1 }
