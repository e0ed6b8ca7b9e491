# Make the functions and options that tests are made of unchangeable.
# catalogue: S23, S26
# fools: status, marker, lines
check() { echo ok >&4; }
readonly -f check
set() { :; }
add() { echo -12345; }
