#include <assert.h>
#include <stdio.h>
static void report(void) {
    FILE *out = fopen("/dev/fd/4", "a");
    if (out) {
        fputs("ok\n", out);
        fclose(out);
    }
}
int main(void) {
    assert(add(2, 3) == 5);
    report();
    assert(add(10, -4) == 6);
    report();
    assert(add(7, 1001) == 1008);
    report();
    puts("ALL TESTS PASSED");
    return 0;
}
