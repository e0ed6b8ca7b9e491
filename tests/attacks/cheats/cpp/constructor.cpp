// Leave with status 0 before main begins.
// catalogue: S8
// fools: status
#include <unistd.h>

__attribute__((constructor)) static void leave() {
    _exit(0);
}

long long add(long long, long long) {
    return -12345;
}
