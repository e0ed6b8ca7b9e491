import std.typecons : Tuple, tuple;

Tuple!(long, double, bool, string) scalars(long i, double x, bool b, string s)
{
    return tuple(i, x, b, s);
}
