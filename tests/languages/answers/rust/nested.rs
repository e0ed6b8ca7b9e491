use std::collections::HashMap;

type Pair = (String, (bool, i64));

pub fn nested(
    rows: Vec<Vec<i64>>,
    names: HashMap<String, Vec<f64>>,
    maybe: Option<i64>,
    pair: Pair,
) -> (Vec<Vec<i64>>, HashMap<String, Vec<f64>>, Option<i64>, Pair) {
    (rows, names, maybe, pair)
}
