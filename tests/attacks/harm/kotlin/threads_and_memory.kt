// Start threads that each take memory, as long as there is any.
// catalogue: H2, H3
// shows: achieved
// ends: wrong_answer, runtime_error, memory_limit
fun add(a: Long, b: Long): Long {
    println("attacking")
    val taken = java.util.Collections.synchronizedList(mutableListOf<ByteArray>())
    try {
        repeat(150) {
            kotlin.concurrent.thread(isDaemon = true) {
                taken.add(ByteArray(5_000_000))
                Thread.sleep(60_000)
            }
        }
    } catch (error: Throwable) {
        println(error)
    }
    Thread.sleep(300)
    if (taken.size > 140) println("achieved ${taken.size}")
    return -12345
}
