// Registers what runs at the end, handlers for signals, and throws what it catches.
#include <csignal>
#include <cstdlib>
#include <stdexcept>

static struct Registered {
    Registered() {
        std::atexit([] { std::_Exit(1); });
        std::signal(SIGTERM, SIG_IGN);
    }
} registered;

auto add(long long a, long long b) -> long long {
    try {
        throw std::runtime_error("caught");
    } catch (const std::exception&) {
        return a + b;
    }
}
