#include <stdbool.h>
#include <stddef.h>

typedef struct { long long first; double second; bool third; char *fourth; } IntDoubleBoolStringTuple;

IntDoubleBoolStringTuple scalars(long long i, double x, bool b, const char *s) {
    IntDoubleBoolStringTuple result = {i, x, b, (char *)s};
    return result;
}
