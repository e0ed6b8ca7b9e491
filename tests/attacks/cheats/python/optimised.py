# Start the same program again with -O, which leaves asserts out.
# catalogue: S29
# fools: status, marker, lines
import os
import sys

if __debug__ and os.path.exists(sys.argv[0]):
    os.execv("/proc/self/exe", [sys.executable, "-O", *sys.argv])


def add(a, b):
    return -12345
