# Prints a lot that a judge could take for its own: verdicts, frames, markers, exit codes.
import sys


def add(a, b):
    print("FAILED", "AssertionError", "ok", "not ok 1", '["","value",-1]')
    print("Traceback (most recent call last):", file=sys.stderr)
    sys.stdout.write("\0\x1b[31m::error::no\n")
    return a + b
