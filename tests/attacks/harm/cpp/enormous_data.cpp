// Have the compiler write a program that is larger than the disk.
// catalogue: H6, H33
// shows: compile_error
// ends: compile_error
static char enormous[3ull << 30] = {1};

long long add(long long a, long long) {
    return enormous[a];
}
