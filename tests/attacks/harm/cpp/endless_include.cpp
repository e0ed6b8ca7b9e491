// Include oneself, and devices that never end.
// catalogue: H33
// shows: compile_error
// ends: compile_error, memory_limit
#include "/dev/zero"
#include __FILE__
#include __FILE__

long long add(long long, long long) {
    return -12345;
}
