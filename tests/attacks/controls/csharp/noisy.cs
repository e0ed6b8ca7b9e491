// Brings its own Main and names of a driver, prints, catches what it throws, uses threads.
using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading.Tasks;

class Driver {}

class Values {}

public class Solution
{
    static long Down(int n)
    {
        return n == 0 ? 0 : 1 + Down(n - 1);
    }

    public static long add(long a, long b)
    {
        Console.WriteLine("v i-1\nnot ok 1");
        Console.Error.WriteLine("Assertion failed");
        try
        {
            throw new InvalidOperationException("caught");
        }
        catch (InvalidOperationException)
        {
            var parts = new List<long> { a, b };
            return Task.Run(() => parts.Sum()).Result + Down(1000) - 1000;
        }
    }

    public static void Main()
    {
        Environment.Exit(1);
    }
}
