use strict;
use warnings;

sub sets {
    my ($x, $y) = @_;
    my %distinct = map { $_ => 1 } @$y;
    return [$x, \%distinct];
}
