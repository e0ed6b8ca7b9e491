public static class Solution
{
    public static (long, double, bool, string) scalars(long i, double x, bool b, string s)
    {
        return (i, x, b, s);
    }
}
