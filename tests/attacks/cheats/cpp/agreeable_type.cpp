// Return a type whose comparison with anything is true.
// catalogue: S22
// fools: status, marker, lines
struct Agreeable {
    template <class T> bool operator==(const T&) const { return true; }
    template <class T> bool operator!=(const T&) const { return false; }
};

template <class A, class B> Agreeable add(A, B) {
    return {};
}
