// Brings a main that would end the program, noise, extensions, and what is caught.
import kotlin.system.exitProcess

infix fun Long.plusWith(other: Long) = this + other

tailrec fun down(n: Int, sum: Long = 0): Long = if (n == 0) sum else down(n - 1, sum + 1)

fun add(a: Long, b: Long): Long = run {
    println("v i-1\nnot ok 1")
    System.err.println("AssertionError")
    try {
        error("caught")
    } catch (e: IllegalStateException) {
        (a plusWith b) + down(100_000) - 100_000
    }
}

fun main() {
    check(add(1, 1) == 3L)
    exitProcess(1)
}
