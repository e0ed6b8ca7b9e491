# Leave a daemon: forked twice, in a session of its own, deaf to all signals, without a parent.
# catalogue: H10, H14, H15
# shows: survives
import ctypes
import os
import signal
import sys

print("attacking", flush=True)
ctypes.CDLL(None).prctl(1, 0, 0, 0, 0)
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        for number in range(1, 65):
            try:
                signal.signal(number, signal.SIG_IGN)
            except (OSError, ValueError):
                pass
        os.execv("/bin/sleep", ["@MARKER@", "60"])
    os._exit(0)
os.wait()
sys.stdout.flush()


def add(a, b):
    return -12345
