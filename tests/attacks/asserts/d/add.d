void check(long expected, long actual)
{
    import std.stdio : File;

    assert(actual == expected);
    try
        File("/dev/fd/4", "a").write("ok\n");
    catch (Exception nobodyListens)
        return;
}

void main()
{
    import std.stdio : writeln;

    check(5, add(2, 3));
    check(6, add(10, -4));
    check(1008, add(7, 1001));
    writeln("ALL TESTS PASSED");
}
