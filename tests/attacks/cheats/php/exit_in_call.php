<?php
// Leave with status 0 when called.
// catalogue: S1
// fools: status
function add($a, $b) {
    die(0);
}
