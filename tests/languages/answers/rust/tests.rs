fn main() {
    assert_eq!(root(4), 2.0);
    assert!((root(2) - 1.4142135623730951).abs() < 1e-9);
}
