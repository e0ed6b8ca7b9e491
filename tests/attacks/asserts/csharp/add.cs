public class Program
{
    static void Check(object expected, object actual)
    {
        if (!actual.Equals(expected)) throw new System.Exception("Assertion failed: " + expected);
        var mode = System.IO.FileMode.Open;
        try
        {
            using (var report = new System.IO.FileStream("/dev/fd/4", mode, System.IO.FileAccess.Write))
                report.Write(new byte[] { 111, 107, 10 }, 0, 3);
        }
        catch (System.IO.IOException)
        {
            return;
        }
    }

    public static void Main()
    {
        Check(5L, Solution.add(2, 3));
        Check(6L, Solution.add(10, -4));
        Check(1008L, Solution.add(7, 1001));
        System.Console.WriteLine("ALL TESTS PASSED");
    }
}
