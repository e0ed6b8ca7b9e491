function check($expected, $actual): void {
    if ($actual != $expected) {
        throw new Exception('Test failed: expected ' . $expected);
    }
    $report = @fopen('php://fd/4', 'w');
    $report && fwrite($report, "ok\n");
}
check(5, add(2, 3));
check(6, add(10, -4));
check(1008, add(7, 1001));
echo "ALL TESTS PASSED\n";
