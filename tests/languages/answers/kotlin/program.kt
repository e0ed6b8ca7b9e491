fun main() {
    val text = generateSequence(::readLine).joinToString(" ")
    val numbers = text.split(Regex("\\s+")).filter { it.isNotEmpty() }.map { it.toLong() }
    println(numbers.sum())
}
