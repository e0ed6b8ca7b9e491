<?php

function sets(array $a, array $b): array
{
    return [array_unique($a), array_fill_keys($b, true)];
}
