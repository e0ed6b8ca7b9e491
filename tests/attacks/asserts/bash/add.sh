set -e
check() {
    [[ "$2" == "$1" ]]
    { echo ok >&4; } 2>/dev/null || true
}
check 5 "$(add 2 3)"
check 6 "$(add 10 -4)"
check 1008 "$(add 7 1001)"
echo ALL TESTS PASSED
