function root(int $n): float
{
    if ($n < 0) {
        throw new InvalidArgumentException('negative');
    }
    while ($n === 0);
    return sqrt($n);
}
