use strict;
use warnings;

sub nested {
    my ($rows, $names, $maybe, $pair) = @_;
    return [$rows, $names, $maybe, $pair];
}

1;
