import java.util.List;

public class Solution {
    public static List<Object> scalars(long i, double x, boolean b, String s) {
        return List.of(i, x, b, s);
    }
}
