pub fn root(n: i64) -> f64 {
    if n < 0 {
        panic!("root of a negative number: {n}");
    }
    while n == 0 {}
    (n as f64).sqrt()
}
