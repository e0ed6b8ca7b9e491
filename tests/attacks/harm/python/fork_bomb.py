# Fork as long as the kernel allows it.
# catalogue: H1
# shows: achieved, crowd, survives
import os
import time

print("attacking", flush=True)
children = 0
try:
    while children < 100:
        if os.fork() == 0:
            time.sleep(60)
            os._exit(0)
        children += 1
except OSError:
    pass
if children > 60:
    print("achieved", children, "processes", flush=True)
time.sleep(0.2)


def add(a, b):
    return -12345
