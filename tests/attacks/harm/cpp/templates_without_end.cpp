// Keep the compiler busy with templates that need ever more of themselves.
// catalogue: H33
// shows: compile_error
// ends: compile_error, memory_limit
template <int N> struct Deep {
    static const long long value = Deep<N + 1>::value + Deep<N + 2>::value;
};

long long add(long long, long long) {
    return Deep<0>::value;
}
