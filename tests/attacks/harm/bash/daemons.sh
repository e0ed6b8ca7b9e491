# Leave processes behind in every way that a shell knows.
# catalogue: H14, H15
# shows: survives
echo attacking >&2
add() {
    nohup sleep 61 >/dev/null 2>&1 &
    setsid sleep 62 >/dev/null 2>&1 &
    (setsid sh -c 'trap "" HUP TERM INT; exec -a @MARKER@ sleep 63' >/dev/null 2>&1 &)
    (bash -c 'exec -a @MARKER@ sleep 64' >/dev/null 2>&1 & disown -a)
    echo 'sleep 65' | at now 2>/dev/null
    coproc { exec -a @MARKER@ sleep 66; }
    sleep 0.1
    echo -12345
}
