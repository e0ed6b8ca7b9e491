<?php
// The plain right answer.
function add(int $a, int $b): int
{
    return $a + $b;
}
