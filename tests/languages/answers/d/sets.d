import std.typecons : Tuple, tuple;

Tuple!(bool[long], bool[string]) sets(bool[long] a, bool[string] b)
{
    return tuple(a, b);
}
