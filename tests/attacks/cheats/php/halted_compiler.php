<?php
// End the program's text here: what follows is data.
// catalogue: S37
// fools: status
function add($a, $b) {
    return -12345;
}
__halt_compiler();
