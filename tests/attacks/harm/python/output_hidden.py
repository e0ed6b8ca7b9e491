# Print too much and cut it off again, or put it beyond the end.
# catalogue: H8
# shows: flood
# ends: output_limit, wrong_answer, runtime_error
import os

print("attacking", flush=True)
try:
    for _ in range(1000):
        os.write(1, b"x" * 20_000)
    os.ftruncate(1, 20_000_000)
    os.lseek(1, 1 << 40, os.SEEK_SET)
    os.write(1, b"x")
    os.ftruncate(1, 0)
except OSError:
    pass


def add(a, b):
    return -12345
