// Put files and variables of the host into the program, as it is compiled.
// catalogue: H33
// shows: compile_error
// ends: compile_error
const SECRET: &str = include_str!("@FILE@");
const KEY: &str = env!("OPENAI_API_KEY");

fn add(_a: i64, _b: i64) -> i64 {
    println!("{} {}", SECRET, KEY);
    -12345
}
