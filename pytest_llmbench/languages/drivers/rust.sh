# Compile solution.rs: with what calls its functions ($0 is "calls"), as tests ("tests"), or alone.
#
# As one unit, not as sixteen in parallel: an answer is short, and the processors have others.
rustc() {
    "{rustc}" --edition 2021 --cap-lints allow -C codegen-units=1 -C embed-bitcode=no \
        ${linker:+-C link-arg=$linker} "$@"
}
crates=
# Have a crate that was compiled beforehand, or compile it.
have() {
    library="{cache}/lib$1.rlib"
    if [ ! -e "$library" ]; then
        library="lib$1.rlib"
        rustc --crate-type rlib --crate-name "$1" "$1.rs" -o "$library" || exit
    fi
    crates="$crates --extern $1=$library"
}
case $0 in
    calls) have llmbench ;;
    tests)
        for crate in rand regex md5; do grep -qw "$crate" solution.rs && have "$crate"; done
        crates="$crates --test"
        ;;
esac
rustc -C prefer-dynamic -C rpath $crates solution.rs -o main
