fn scalars(i: i64, x: f64, b: bool, s: &str) -> (i64, f64, bool, String) {
    println!("called with {i}");
    (i, x, b, s.to_string())
}
