using System;
using System.Linq;

public class Program
{
    public static void Main()
    {
        var words = Console.In.ReadToEnd().Split((char[])null, StringSplitOptions.RemoveEmptyEntries);
        Console.WriteLine(words.Sum(long.Parse));
    }
}
