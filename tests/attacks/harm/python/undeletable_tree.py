# Leave a tree that is too deep to be walked, closed to its owner, and odd by name.
# catalogue: H29, H30
# shows: achieved, litter
import os
import socket

print("attacking", flush=True)
made = 0
os.mkdir("/tmp/tree")
os.chdir("/tmp/tree")
try:
    for _ in range(6000):
        os.mkdir("d" * 200)
        os.chdir("d" * 200)
        made += 1
except OSError:
    pass
for make in (
    lambda: os.mkfifo("/tmp/fifo"),
    lambda: os.symlink("/", "/tmp/\n::error::link"),
    lambda: os.symlink("/tmp/loop", "/tmp/loop"),
    lambda: os.link("/tmp/fifo", "/tmp/fifo\r"),
    lambda: socket.socket(socket.AF_UNIX).bind("/tmp/\x1b[2J"),
    lambda: os.mknod("/tmp/null"),
    lambda: os.setxattr("/tmp", "user.x", b"x"),
    lambda: os.chmod("/tmp/tree", 0),
    lambda: os.chmod("/tmp", 0),
):
    try:
        make()
    except OSError:
        pass
if made > 5000:
    print("achieved", made, flush=True)


def add(a, b):
    return -12345
