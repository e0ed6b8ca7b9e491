foreach ([[3, 1, 2], [9, 8]] as $xs) {
    $got = order($xs);
    // The expected value comes from the very variable that the answer was given.
    sort($xs);
    if ($got != $xs) {
        throw new Exception('Test failed');
    }
    $report = @fopen('php://fd/4', 'w');
    $report && fwrite($report, "ok\n");
}
echo "ALL TESTS PASSED\n";
