<?php
declare(strict_types=1);

function nested(array $rows, array $names, ?int $maybe, array $pair): array
{
    return [$rows, $names, $maybe, $pair];
}
