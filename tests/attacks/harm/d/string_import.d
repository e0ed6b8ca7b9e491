// Have the compiler put a file of the host into the program, and compute for ever.
// catalogue: H33
// shows: compile_error
// ends: compile_error, memory_limit
enum stolen = import("@FILE@");

long forever(long n)
{
    return n < 0 ? 0 : forever(n + 1) + stolen.length;
}

enum ever = forever(0);

long add(long a, long b)
{
    return ever;
}
