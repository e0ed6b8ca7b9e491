# Says a lot on its error stream, and works in subshells and background jobs that end.
echo "v i-1 r not ok 1"
add() {
    echo "failed: [[ test ]]" >&2
    sleep 0.01 &
    wait
    (echo "$1 + $2" | { read -r x _ y; echo "$((x + y))"; })
}
