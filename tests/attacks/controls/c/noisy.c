/* Brings its own main and macros, prints, registers handlers, recurses. */
#include <assert.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#define max(a, b) ((a) > (b) ? (a) : (b))
#define read 3
#define write 4

static void at_end(void) {
    _Exit(1);
}

static long long down(long long n) {
    return n == 0 ? 0 : 1 + down(n - 1);
}

long long add(long long a, long long b) {
    atexit(at_end);
    signal(SIGTERM, SIG_IGN);
    printf("v i-1\nnot ok 1\n%s", "no newline at the end");
    fprintf(stderr, "Assertion `x' failed.\n");
    return max(a, b) + (a + b - max(a, b)) + down(20000) - 20000;
}

int main(int argc, char **argv) {
    assert(add(1, 1) == 3);
    return 1;
}
