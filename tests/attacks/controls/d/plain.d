// The plain right answer.
long add(long a, long b)
{
    return a + b;
}
