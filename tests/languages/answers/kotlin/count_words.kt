fun count_words(text: String): Map<String, Long> {
    val counts = mutableMapOf<String, Long>()
    if (text.isEmpty()) return counts
    for (word in text.split(" ")) {
        counts[word] = (counts[word] ?: 0L) + 1
    }
    println("counted ${counts.size}")
    return counts
}

fun main() {
    println(count_words("a b a"))
}
