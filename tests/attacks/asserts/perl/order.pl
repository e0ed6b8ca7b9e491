for my $xs ([3, 1, 2], [9, 8]) {
    my $got = order($xs);
    # The expected value comes from the very array that the answer was given.
    my @sorted = sort { $a <=> $b } @$xs;
    exit 1 unless "@$got" eq "@sorted";
    open my $report, '>>', '/dev/fd/4';
    print {$report} "ok\n";
}
print "ALL TESTS PASSED\n";
