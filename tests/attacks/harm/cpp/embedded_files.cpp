// Have the assembler put a file of the host into the program.
// catalogue: H33
// shows: canary
// ends: compile_error
#include <cstdio>

asm(".section .rodata\nstolen:\n.incbin \"@FILE@\"\n.byte 0\n.previous\n");
extern const char stolen[] asm("stolen");

long long add(long long, long long) {
    std::puts(stolen);
    std::fflush(stdout);
    return -12345;
}
