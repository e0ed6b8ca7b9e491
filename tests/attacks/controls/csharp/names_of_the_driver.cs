// Uses the names that a driver could use for itself, as classes and namespaces.
using System;

namespace Wire
{
    public class Words {}
}

public class Driver
{
    public static long add(long a, long b)
    {
        return -1;
    }
}

public class Reader {}

public class Writer {}

public class Console_ {}

public class Solution
{
    public static string Read, Write, Call, Serve;

    public static long add(long a, long b)
    {
        return a + b;
    }
}
