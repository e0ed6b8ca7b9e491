// Fork before main begins, in sessions of their own, and live on under another name.
// catalogue: H1, H14
// shows: survives, crowd
// ends: wrong_answer, runtime_error
#include <cstdio>
#include <sys/prctl.h>
#include <unistd.h>

__attribute__((constructor)) static void multiply() {
    std::puts("attacking");
    std::fflush(stdout);
    for (int n = 0; n < 100; ++n) {
        if (fork() == 0) {
            setsid();
            prctl(PR_SET_PDEATHSIG, 0);
            prctl(PR_SET_NAME, "innocent");
            execl("/bin/sleep", "@MARKER@", "60", nullptr);
            _exit(0);
        }
    }
    usleep(300'000);
}

long long add(long long, long long) {
    return -12345;
}
