// The plain right answer.
fun add(a: Long, b: Long): Long {
    return a + b
}
