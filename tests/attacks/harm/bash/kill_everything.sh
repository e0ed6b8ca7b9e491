# Stop and kill the parent, the session, and everybody.
# catalogue: H16
# shows: broken
# ends: wrong_answer, runtime_error
echo attacking
kill -KILL "$PPID" 1 2>/dev/null
kill -KILL -1 2>/dev/null
add() { echo -12345; }
