# Prints a lot that a judge could take for its own, to both streams, with its own variables set.
$, = '-';
$\ = "\n::error::no\n";
$| = 1;
$/ = undef;

sub add {
    print 'v i-1', 'r', 'not ok 1', "\0\e[31m";
    warn 'exit 1 at tests line 3';
    local $_ = 'changed';
    return $_[0] + $_[1];
}
