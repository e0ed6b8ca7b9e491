root() {
    local n=$1
    if ((n < 0)); then
        echo "negative" >&2
        return 1
    fi
    while ((n == 0)); do :; done
    awk -v n="$n" 'BEGIN { printf "%.12f\n", sqrt(n) }'
}
