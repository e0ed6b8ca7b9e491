# Redefine the driver's functions, and take the next call from its descriptor.
# catalogue: S24, S25, S35
# fools: lines
declare -F llmbench_say >/dev/null || printf 'ok\nok\nok\n' >&4
llmbench_write_value() { llmbench_value=$'t\nv i6'; }
llmbench_read_text() { llmbench_text=add; }
printf() { builtin printf 'v t\n'; }
add() {
    read -r -t 0.2 -u "${llmbench_calls:-0}" stolen
    echo -12345
}
