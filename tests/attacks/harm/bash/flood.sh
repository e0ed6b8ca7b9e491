# Print without end, on both streams.
# catalogue: H8
# shows: flood
# ends: output_limit
echo attacking
yes "$(printf 'x%.0s' {1..1000})" | head -c 20000000
yes attacking | head -c 20000000 >&2
add() { echo -12345; }
