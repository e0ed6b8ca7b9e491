#include <cassert>
#include <cstdio>
static void report() {
    if (FILE* out = fopen("/dev/fd/4", "a")) {
        fputs("ok\n", out);
        fclose(out);
    }
}
int main() {
    assert(add(2, 3) == 5);
    report();
    assert(add(10, -4) == 6);
    report();
    assert(add(7, 1001) == 1008);
    report();
    puts("ALL TESTS PASSED");
}
