// Uses the names that a driver could use for itself.
class Driver {}

class Values {}

class Program {}

class Words {}

class Unsendable extends Exception {}

public class Solution {
    static String call, serve, say, find, hex, text;

    public static void main(String[] args) {}

    public static long add(long a, long b) {
        return a + b;
    }
}
