// Prints a lot that a judge could take for its own, with and without flushing.
#include <cstdio>
#include <iostream>

long long add(long long a, long long b) {
    std::cout << "v i-1\nr\nok\nnot ok 1\n";
    std::cerr << "Assertion `x' failed \033[31m::error::no\n";
    std::puts("terminate called");
    return a + b;
}
