import math


def root(n):
    if n < 0:
        raise ValueError("negative")
    while n == 0:
        pass
    return math.sqrt(n)
