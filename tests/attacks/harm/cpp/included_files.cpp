// Include files of the host, so that the compiler's complaints quote them.
// catalogue: H33
// shows: compile_error
// ends: compile_error
#include "/proc/self/environ"
#include "/etc/shadow"
#include "@FILE@"

long long add(long long, long long) {
    return -12345;
}
