#!/usr/bin/perl
use strict;
use warnings;

sub root {
    my $n = shift;
    die "negative\n" if $n < 0;
    while ($n == 0) { }
    return sqrt $n;
}
