import java.util.HashMap;
import java.util.Map;

public class Solution {
    public static Map<String, Long> count_words(String text) {
        Map<String, Long> counts = new HashMap<>();
        if (text.isEmpty()) {
            return counts;
        }
        for (String word : text.split(" ")) {
            counts.merge(word, 1L, Long::sum);
        }
        System.out.println("counted " + counts.size());
        return counts;
    }

    public static void main(String[] args) {
        System.out.println(count_words("a b a"));
    }
}
