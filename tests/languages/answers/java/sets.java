import java.util.*;

public class Solution {
    public static List<Object> sets(Set<Long> a, Set<String> b) {
        return Arrays.asList(new HashSet<>(a), new TreeSet<>(b));
    }
}
