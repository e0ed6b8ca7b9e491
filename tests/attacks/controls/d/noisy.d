// Brings its own main and unit tests, prints, catches what it throws, uses templates.
import std.stdio;

auto sum(T...)(T parts)
{
    long total;
    foreach (part; parts)
        total += part;
    return total;
}

long add(long a, long b)
{
    writeln("v i-1\nnot ok 1");
    stderr.writeln("core.exception.AssertError");
    try
        throw new Exception("caught");
    catch (Exception error)
        return sum(a, b);
}

unittest
{
    assert(add(1, 1) == 3);
}

int main()
{
    return 1;
}
