using System;
using System.Collections.Generic;

public static class Solution
{
    public static Dictionary<string, long> count_words(string text)
    {
        var counts = new Dictionary<string, long>();
        if (text == "") return counts;
        foreach (var word in text.Split(' '))
        {
            counts.TryGetValue(word, out var count);
            counts[word] = count + 1;
        }
        Console.WriteLine($"counted {counts.Count}");
        return counts;
    }
}
