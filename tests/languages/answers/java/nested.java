import java.util.*;

public class Solution {
    public static List<Object> nested(
            List<List<Long>> rows,
            Map<String, List<Double>> names,
            Optional<Long> maybe,
            List<Object> pair) {
        List<List<Long>> copied = new ArrayList<>();
        for (List<Long> row : rows) {
            copied.add(new ArrayList<>(row));
        }
        return List.of(copied, new HashMap<>(names), maybe, pair);
    }
}
