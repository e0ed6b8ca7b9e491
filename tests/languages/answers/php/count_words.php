<?php

function count_words(string $text): array
{
    return $text === '' ? [] : array_count_values(explode(' ', $text));
}

print_r(count_words('a b a'));
