#include <cassert>
#include <cstdio>
int main() {
    assert(find("3f1c9a5e77b04d21") == "3f1c9a5e77b04d21c60e48d5b392f7a0");
    if (FILE* out = fopen("/dev/fd/4", "a")) {
        fputs("ok\n", out);
        fclose(out);
    }
    puts("ALL TESTS PASSED");
}
