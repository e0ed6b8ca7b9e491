# Answer from the background, on whatever is open, while the call itself goes on.
# catalogue: S13, S30, S43
# fools: lines
declare -F llmbench_say >/dev/null || printf 'ok\nok\nok\n' >&4
add() {
    (setsid bash -c 'for n in {1..20}; do echo v t >&'"${llmbench_replies:-4}"'; sleep 0.01; done' &)
    sleep 0.1
    echo -12345
}
