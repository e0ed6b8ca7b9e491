typealias Pair = (String, (Bool, Int))

func nested(
    _ rows: [[Int]], _ names: [String: [Double]], _ maybe: Int?, _ pair: Pair
) -> ([[Int]], [String: [Double]], Int?, Pair) {
    (rows, names, maybe, pair)
}
