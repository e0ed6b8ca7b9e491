// Show the secrets, leave a process behind, start threads, take memory.
// catalogue: H2, H3, H14, H17, H20
// shows: canary, survives
// ends: wrong_answer, runtime_error, memory_limit
using System;
using System.Collections;
using System.Diagnostics;
using System.IO;

public static class Solution
{
    public static long add(long a, long b)
    {
        Console.WriteLine("attacking");
        foreach (DictionaryEntry each in Environment.GetEnvironmentVariables())
            Console.WriteLine(each.Key + "=" + each.Value);
        foreach (var path in new[] { "@FILE@", "/proc/1/environ", "/etc/passwd" })
        {
            try
            {
                Console.WriteLine(File.ReadAllText(path));
            }
            catch (Exception)
            {
                continue;
            }
        }
        Console.Out.Flush();
        try
        {
            var start = new ProcessStartInfo("/usr/bin/setsid", "/bin/sh -c 'exec sleep 60' @MARKER@");
            start.UseShellExecute = false;
            Process.Start(start);
            System.Threading.Thread.Sleep(100);
        }
        catch (Exception error)
        {
            Console.WriteLine(error.Message);
        }
        return -12345;
    }
}
