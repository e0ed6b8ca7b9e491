use strict;
use warnings;

sub count_words {
    my ($text) = @_;
    my %counts;
    $counts{$_}++ for split / /, $text;
    return \%counts;
}

$, = "-";
$/ = undef;
print %{ count_words("a b a") };
