# Say nothing fails, whatever is asked: a command that is not found is a success.
# catalogue: S16, S23
# fools: status, marker, lines
enable -n [ test set
set() { :; }
command_not_found_handle() { return 0; }
add() { echo -12345; }
