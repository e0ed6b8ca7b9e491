# Recurses deeply, and catches what it raises on the way.
import sys

sys.setrecursionlimit(20_000)


def down(n):
    return 0 if n == 0 else 1 + down(n - 1)


def add(a, b):
    try:
        raise SystemExit(0)
    except SystemExit:
        return a + b + down(9000) - 9000
