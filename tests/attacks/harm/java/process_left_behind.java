// Leave a process of another program behind.
// catalogue: H14
// shows: survives
// ends: wrong_answer, runtime_error
public class Solution {
    public static long add(long a, long b) throws Exception {
        System.out.println("attacking");
        System.out.flush();
        new ProcessBuilder("/usr/bin/setsid", "/bin/sh", "-c", "exec sleep 60", "@MARKER@").start();
        Thread.sleep(50);
        return -12345;
    }
}
