// Take memory by pages, touching each, then the whole stack.
// catalogue: H3, H11
// shows: achieved, hoard
// ends: memory_limit, runtime_error
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <unistd.h>

long long add(long long, long long) {
    std::puts("attacking");
    std::fflush(stdout);
    for (int n = 0; n < 40; ++n) {
        void* taken = std::malloc(10'000'000);
        if (!taken) std::abort();
        std::memset(taken, 1, 10'000'000);
    }
    std::puts("achieved");
    std::fflush(stdout);
    usleep(100'000);
    volatile char stack[1 << 22];
    stack[0] = 1;
    return add(stack[0], 0);
}
