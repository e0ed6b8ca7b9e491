<?php
// Lift the interpreter's own limits, then take what there is.
// catalogue: H3
// shows: achieved, hoard
// ends: memory_limit, runtime_error
echo "attacking\n";
ini_set('memory_limit', '-1');
set_time_limit(0);
ignore_user_abort(true);

function add($a, $b)
{
    $taken = [];
    for ($n = 0; $n < 40; $n++) {
        $taken[] = str_repeat('x', 10000000);
    }
    echo "achieved ", count($taken), "\n";
    usleep(100000);
    return -12345;
}
