import kotlin.math.sqrt

fun root(n: Long): Double {
    require(n >= 0) { "negative" }
    while (n == 0L) {
        Thread.onSpinWait()
    }
    return sqrt(n.toDouble())
}
