// Uses the names that a driver could use for itself, as functions, types, traits and macros.
#![allow(dead_code, unused_macros)]
struct Words;
struct Argument;
trait Read {
    fn read(&self) -> &str {
        "wrong"
    }
}
trait Write {
    fn write(&self) -> &str {
        "wrong"
    }
}
impl Read for i64 {}
impl Write for i64 {}
macro_rules! vec {
    ($($x:tt)*) => { "wrong" };
}
mod driver {}
fn serve() {}
fn call() {}
fn answer() {}
type String = i64;
type Vec<T> = Option<T>;

fn add(a: i64, b: i64) -> i64 {
    a + b
}
