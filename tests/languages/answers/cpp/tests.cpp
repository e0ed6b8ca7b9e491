#undef NDEBUG
#include <cassert>

int main() {
    assert(std::abs(root(9) - 3.0) < 1e-9);
    assert(root(4) == 2.0);
}
