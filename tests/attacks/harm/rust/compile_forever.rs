// Keep the compiler busy with constants and types that need ever more of themselves.
// catalogue: H33
// shows: compile_error
// ends: compile_error, memory_limit
trait Deep {
    const VALUE: i64;
}
struct Wrap<T>(T);
impl<T> Deep for T {
    const VALUE: i64 = <Wrap<T> as Deep>::VALUE + 1;
}

fn add(_a: i64, _b: i64) -> i64 {
    <i64 as Deep>::VALUE
}
