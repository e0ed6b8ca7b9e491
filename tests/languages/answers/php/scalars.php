<?php
function scalars(int $i, float $x, bool $b, string $s): array {
    return [$i, $x, $b, $s];
}
?>
