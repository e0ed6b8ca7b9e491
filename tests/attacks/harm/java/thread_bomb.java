// Start threads as long as the kernel allows it.
// catalogue: H2
// shows: achieved
// ends: wrong_answer, runtime_error, memory_limit
public class Solution {
    public static long add(long a, long b) {
        System.out.println("attacking");
        int count = 0;
        try {
            for (; count < 150; count++) {
                Thread thread = new Thread(() -> {
                    try {
                        Thread.sleep(60_000);
                    } catch (InterruptedException ignored) {
                        return;
                    }
                });
                thread.setDaemon(true);
                thread.start();
            }
        } catch (Throwable error) {
            System.out.println(error);
        }
        if (count > 100) System.out.println("achieved " + count);
        System.out.flush();
        return -12345;
    }
}
