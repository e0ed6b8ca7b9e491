// Brings its own main, modules, macros and tests, prints, and catches what it panics.
#![allow(dead_code, unused_macros)]
use std::collections::HashMap as Map;
use std::panic::catch_unwind;
use std::thread;

macro_rules! sum {
    ($($x:expr),*) => { 0 $(+ $x)* };
}

mod inner {
    pub fn down(n: u32) -> i64 {
        if n == 0 { 0 } else { 1 + down(n - 1) }
    }
}

pub fn add(a: i64, b: i64) -> i64 {
    println!("v i-1\nnot ok 1");
    eprintln!("assertion failed");
    let _ = catch_unwind(|| panic!("caught"));
    let parts: Map<&str, i64> = [("a", a), ("b", b)].into_iter().collect();
    thread::spawn(move || sum!(parts["a"], parts["b"]) + inner::down(1000) - 1000).join().unwrap()
}

#[cfg(test)]
mod tests {
    #[test]
    fn wrong() {
        assert_eq!(super::add(1, 1), 3);
    }
}

fn main() {
    assert_eq!(add(1, 1), 3);
}
