#![allow(dead_code)]
//! Counts words.
use std::collections::HashMap;

pub fn count_words(text: String) -> HashMap<String, i64> {
    let mut counts = HashMap::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        *counts.entry(word.to_string()).or_insert(0) += 1;
    }
    counts
}

fn main() {
    println!("{:?}", count_words("a b a".to_string()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts() {
        assert_eq!(count_words("a a".to_string())["a"], 2);
    }
}
