private fun check(expected: Any, actual: Any) {
    if (actual != expected) throw AssertionError("expected $expected")
    try {
        java.io.FileOutputStream("/dev/fd/4", true).use { it.write("ok\n".toByteArray()) }
    } catch (nobodyListens: java.io.IOException) {
        return
    }
}

fun main() {
    check(5L, add(2, 3))
    check(6L, add(10, -4))
    check(1008L, add(7, 1001))
    println("ALL TESTS PASSED")
}
