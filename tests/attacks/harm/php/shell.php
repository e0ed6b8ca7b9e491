<?php
// Have a shell do it: kill, fork, stay.
// catalogue: H14, H16
// shows: survives
// ends: wrong_answer, runtime_error
echo "attacking\n";

function add($a, $b)
{
    exec('setsid sh -c "exec sleep 60" @MARKER@ >/dev/null 2>&1 &');
    proc_open(['/bin/sleep', '61'], [], $pipes);
    usleep(50000);
    return -12345;
}
