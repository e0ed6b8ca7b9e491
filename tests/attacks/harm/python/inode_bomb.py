# Make empty files, folders and links until there are no more names.
# catalogue: H7, H30
# shows: achieved, litter
import os

print("attacking", flush=True)
made = 0
try:
    for number in range(8000):
        os.mkdir(f"/tmp/\n\x1b[31m{number}")
        made += 1
except OSError:
    pass
if made > 5000:
    print("achieved", made, flush=True)


def add(a, b):
    return -12345
