// A method without its class, with an import above and a helper beside it.
import java.util.function.LongBinaryOperator;

private static final LongBinaryOperator PLUS = (x, y) -> x + y;

static long down(long n) {
    return n == 0 ? 0 : 1 + down(n - 1);
}

public static long add(long a, long b) {
    return PLUS.applyAsLong(a, b) + down(2000) - 2000;
}
