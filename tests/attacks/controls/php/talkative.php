// Without a tag to open it, and prints a lot that a judge could take for its own.
function add($a, $b)
{
    echo "v i-1\nr\nnot ok 1\n", "\0\x1b[31m::error::no\n";
    error_log('Fatal error: Uncaught');
    fwrite(STDERR, "Test failed\n");
    return $a + $b;
}
