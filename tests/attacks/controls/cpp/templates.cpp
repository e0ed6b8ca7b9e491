// A template with references, constants and attributes where a plain function was asked for.
namespace {
template <typename T> struct Adder {
    constexpr T operator()(const T& a, const T& b) const noexcept { return a + b; }
};
}  // namespace

template <class T> [[nodiscard]] constexpr T add(const T& a, const T& b) noexcept {
    return Adder<T>{}(a, b);
}
