// Settle the status while static objects are destroyed.
// catalogue: S15, S20
// fools: status
#include <csignal>
#include <unistd.h>

struct Late {
    ~Late() { _exit(0); }
} late;

static void leave(int) {
    _exit(0);
}

long long add(long long, long long) {
    std::signal(SIGABRT, leave);
    return -12345;
}
