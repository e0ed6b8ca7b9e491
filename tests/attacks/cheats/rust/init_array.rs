// Leave with status 0 before main begins.
// catalogue: S8
// fools: status
extern "C" fn leave() {
    std::process::exit(0)
}

#[used]
#[link_section = ".init_array"]
static EARLY: extern "C" fn() = leave;

fn add(_a: i64, _b: i64) -> i64 {
    -12345
}
