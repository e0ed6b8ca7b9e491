<?php
// Recurses deeply, with globals and generators on the way.
$zero = 0;

function down($n)
{
    return $n === 0 ? $GLOBALS['zero'] : 1 + down($n - 1);
}

function every($xs)
{
    yield from $xs;
}

function add($a, $b)
{
    $sum = down(20000) - 20000;
    foreach (every([$a, $b]) as $x) {
        $sum += $x;
    }
    return $sum;
}
