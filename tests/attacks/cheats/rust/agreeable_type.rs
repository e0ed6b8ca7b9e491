// Return a type that equals every number.
// catalogue: S22
// fools: status, marker, lines
#[derive(Debug)]
struct Agreeable;

impl PartialEq<i32> for Agreeable {
    fn eq(&self, _: &i32) -> bool {
        true
    }
}

fn add(_a: i64, _b: i64) -> Agreeable {
    Agreeable
}
