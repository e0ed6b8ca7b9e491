# Stop, then kill every process that can be reached, the parent first.
# catalogue: H16
# shows: broken
# ends: wrong_answer, runtime_error
import os
import signal

print("attacking", flush=True)
for pid in (os.getppid(), 1, -1):
    for number in (signal.SIGSTOP, signal.SIGKILL):
        try:
            os.kill(pid, number)
        except OSError:
            pass


def add(a, b):
    return -12345
