#include <algorithm>
#include <cassert>
#include <cstdio>
int main() {
    for (std::vector<long long> xs : {std::vector<long long>{3, 1, 2}, {9, 8}}) {
        auto got = order(xs);
        // The expected value comes from the very object that the answer was given.
        std::sort(xs.begin(), xs.end());
        assert(got == xs);
        if (FILE* out = fopen("/dev/fd/4", "a")) {
            fputs("ok\n", out);
            fclose(out);
        }
    }
    puts("ALL TESTS PASSED");
}
