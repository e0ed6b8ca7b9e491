# Become more important than everything else on the machine.
# catalogue: H9, H25
# shows: nothing: it takes privileges
import ctypes
import os

print("attacking", flush=True)
libc = ctypes.CDLL(None, use_errno=True)
for attempt, arguments in (
    (os.nice, (-20,)),
    (os.setpriority, (os.PRIO_USER, 0, -20)),
    (os.sched_setscheduler, (0, os.SCHED_FIFO, os.sched_param(99))),
    (os.sched_setscheduler, (0, os.SCHED_RR, os.sched_param(1))),
):
    try:
        attempt(*arguments)
        print("achieved", attempt, flush=True)
    except OSError:
        pass
try:
    with open("/proc/self/oom_score_adj", "w") as file:
        file.write("-1000")
    print("achieved: never killed for memory", flush=True)
except OSError:
    pass
if libc.mlockall(3) == 0 and libc.reboot(0x89ABCDEF) == 0:
    print("achieved", flush=True)


def add(a, b):
    return -12345
