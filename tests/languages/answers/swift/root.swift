enum RootError: Error {
    case negative
}

func root(n: Int) throws -> Double {
    if n < 0 { throw RootError.negative }
    while n == 0 {}
    return Double(n).squareRoot()
}
