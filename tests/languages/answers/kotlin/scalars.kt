fun scalars(i: Long, x: Double, b: Boolean, s: String): List<Any?> = listOf(i, x, b, s)
