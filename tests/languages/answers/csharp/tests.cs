using System;

public class Tests
{
    public static void Main()
    {
        var counts = Solution.count_words("a b a");
        Debug.Assert(counts.Count == 2);
        Debug.Assert(counts["a"] == 2);
        if (Solution.count_words("").Count != 0) throw new Exception("Assertion failed: no words");
    }
}
