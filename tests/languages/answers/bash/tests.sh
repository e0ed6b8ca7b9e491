set -e

run_test() {
    [[ $(root 4) = "2.000000000000" ]]
    [[ $(root 9) = "3.000000000000" ]]
    [[ $(root -1 2>&1) = "negative" ]]
}

run_test
