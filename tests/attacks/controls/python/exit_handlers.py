# Registers what runs at the end, and handlers for signals and for errors.
import atexit
import signal
import sys

calls = []
atexit.register(lambda: calls.clear())
signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
sys.excepthook = lambda *_: None


def add(a, b):
    calls.append((a, b))
    return a + b
