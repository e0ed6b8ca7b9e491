func scalars(i: Int, x: Double, b: Bool, s: String) -> (Int, Double, Bool, String) {
    return (i, x, b, s)
}
