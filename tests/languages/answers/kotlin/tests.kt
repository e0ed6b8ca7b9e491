import kotlin.test.assertEquals

fun main() {
    assertEquals(mapOf("a" to 2L, "b" to 1L), count_words("a b a"))
    assert(count_words("").isEmpty())
}
