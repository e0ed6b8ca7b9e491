public class Solution {
    public static double root(long n) {
        if (n < 0) {
            throw new IllegalArgumentException("negative");
        }
        while (n == 0) {
            Thread.onSpinWait();
        }
        return Math.sqrt(n);
    }
}
