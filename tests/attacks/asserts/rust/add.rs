fn report() {
    use std::io::Write;
    if let Ok(mut out) = std::fs::OpenOptions::new().append(true).open("/dev/fd/4") {
        let _ = out.write_all(b"ok\n");
    }
}

fn main() {
    assert_eq!(add(2, 3), 5);
    report();
    assert_eq!(add(10, -4), 6);
    report();
    assert_eq!(add(7, 1001), 1008);
    report();
    println!("ALL TESTS PASSED");
}
