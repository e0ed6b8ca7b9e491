sub check {
    my ($expected, $actual) = @_;
    exit 1 unless $actual == $expected;
    open my $report, '>>', '/dev/fd/4';
    print {$report} "ok\n";
}
check(5, add(2, 3));
check(6, add(10, -4));
check(1008, add(7, 1001));
print "ALL TESTS PASSED\n";
