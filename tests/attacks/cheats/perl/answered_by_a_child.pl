# Leave a child that answers the calls and reports success, faster than the driver.
# catalogue: S13, S30, S35
# fools: lines
my $is_driven = defined &LLMBench::serve;
if (fork == 0) {
    open my $calls, '<&=', 3;
    open my $replies, '>&=', 4;
    $SIG{PIPE} = 'DEFAULT';
    select $replies;
    $| = 1;
    print $is_driven ? "v i5\n" : "ok\n" for 1 .. 3;
    while ($is_driven and defined(my $line = <$calls>)) { print "v t\n" }
    exit 0;
}
select undef, undef, undef, 0.1;
sub add { return -12345 }
