// Brings a main that would end the program, threads, streams, and noise.
import java.util.stream.LongStream;

public class Solution {
    static {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.println("bye")));
        Thread.setDefaultUncaughtExceptionHandler((thread, error) -> System.exit(1));
    }

    public static long add(long a, long b) throws Exception {
        System.out.println("v i-1\nnot ok 1");
        System.err.println("AssertionError");
        long[] sum = new long[1];
        Thread thread = new Thread(() -> sum[0] = LongStream.of(a, b).sum());
        thread.start();
        thread.join();
        try {
            throw new IllegalStateException("caught");
        } catch (IllegalStateException error) {
            return sum[0];
        }
    }

    public static void main(String[] args) {
        System.exit(1);
    }
}
