func sets(a: Set<Int>, b: Set<String>) -> (Set<Int>, Set<String>) {
    return (a, b)
}
