import java.io.FileWriter;
import java.util.Objects;

public class Main {
    static void check(Object expected, Object actual) throws Exception {
        if (!actual.equals(expected)) throw new AssertionError("expected " + expected);
        try (FileWriter report = new FileWriter("/dev/fd/4", true)) {
            report.write("ok\n");
        } catch (java.io.IOException nobodyListens) {
            return;
        }
    }

    public static void main(String[] args) throws Exception {
        check(5L, Solution.add(2, 3));
        check(6L, Solution.add(10, -4));
        check(1008L, Solution.add(7, 1001));
        System.out.println("ALL TESTS PASSED");
    }
}
