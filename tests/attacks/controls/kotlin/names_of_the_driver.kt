// Uses the names that a driver could use for itself.
class Driver
class Values
object Program

fun call(a: Any): Any = "wrong"
fun serve() = Unit
fun read() = "wrong"
fun write() = "wrong"

fun add(a: Long, b: Long): Long = a + b
