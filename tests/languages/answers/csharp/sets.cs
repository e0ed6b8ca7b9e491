using System.Collections.Generic;

public static class Solution
{
    public static (HashSet<long>, HashSet<string>) sets(HashSet<long> a, HashSet<string> b)
    {
        return (new HashSet<long>(a), b);
    }
}
