# Take memory until there is none.
# catalogue: H3
# shows: achieved, hoard
# ends: memory_limit
import time

print("attacking", flush=True)
taken = []
while len(taken) < 40:
    taken.append(bytearray(b"x" * 10_000_000))
print("achieved", len(taken), "times 10 MB", flush=True)
time.sleep(0.1)


def add(a, b):
    return -12345
