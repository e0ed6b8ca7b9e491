# Take memory that belongs to no process: unnamed files and shared mappings.
# catalogue: H5
# shows: achieved
# ends: memory_limit, wrong_answer, runtime_error
import mmap
import os

print("attacking", flush=True)
total, kept = 0, []
try:
    while total < 200_000_000:
        fd = os.memfd_create("hoard")
        size = 0
        while size < 10_000_000:
            size += os.write(fd, b"x" * 1_000_000)
        total += size
except OSError:
    pass
try:
    while total < 400_000_000:
        kept.append(mmap.mmap(-1, 10_000_000))
        kept[-1].write(b"x" * 10_000_000)
        total += 10_000_000
except OSError:
    pass
if total > 350_000_000:
    print("achieved", total, "bytes", flush=True)


def add(a, b):
    return -12345
