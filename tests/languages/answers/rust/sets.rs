use std::collections::{BTreeSet, HashSet};

pub fn sets(a: &HashSet<i64>, b: HashSet<String>) -> (BTreeSet<i64>, HashSet<String>) {
    (a.iter().copied().collect(), b)
}
