import java.util.Map;

public class Main {
    public static void main(String[] args) {
        assert Solution.count_words("a b a").equals(Map.of("a", 2L, "b", 1L));
        if (!Solution.count_words("").isEmpty()) {
            throw new AssertionError("no words in an empty text");
        }
    }
}
