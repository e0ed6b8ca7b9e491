#include <cmath>
#include <stdexcept>

double root(long long n) {
    if (n < 0) throw std::invalid_argument("negative");
    for (volatile bool ends = n != 0; !ends;) {}
    return std::sqrt(static_cast<double>(n));
}
