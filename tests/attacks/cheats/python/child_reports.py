# Leave a child in the background that reports successes on every descriptor.
# catalogue: S13, S30, S43
# fools: lines
import os
import time

FRAME = b'["","value",5]'
SAID = {3: len(FRAME).to_bytes(4, "big") + FRAME, 4: b"ok\n"}


def report():
    for descriptor in range(3, 32):
        try:
            os.write(descriptor, SAID.get(descriptor, SAID[3]))
        except OSError:
            pass


if os.fork() == 0:
    for _ in range(20):
        report()
        time.sleep(0.005)
    os._exit(0)
time.sleep(0.05)


def add(a, b):
    return -12345
