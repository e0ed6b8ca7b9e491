fun sets(a: Set<Long>, b: Set<String>): Pair<Set<Long>, Set<String>> =
    Pair(a.toHashSet(), b.toSortedSet())
