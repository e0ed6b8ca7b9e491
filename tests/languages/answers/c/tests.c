#include <assert.h>

int main(void) {
    assert(fabs(root(9) - 3.0) < 1e-9);
    assert(root(4) == 2.0);
    return 0;
}
