fun nested(
    rows: List<List<Long>>,
    names: Map<String, List<Double>>,
    maybe: Long?,
    pair: Pair<String, Pair<Boolean, Long>>,
): List<Any?> {
    val (text, inner) = pair
    val copied = rows.map { row -> row.toMutableList() }
    return listOf(copied, names.toSortedMap(), maybe, text to inner.copy())
}
