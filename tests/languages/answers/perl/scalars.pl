sub scalars {
    my ($i, $x, $b, $s) = @_;
    die 'text is characters' unless $s !~ /^é ☃ / or length($s) == 7;
    return [$i, $x, $b, $s];
}
