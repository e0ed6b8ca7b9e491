# Ask the kernel for the sockets that no network namespace holds.
# catalogue: H24
# shows: achieved
import socket

print("attacking", flush=True)
for name, family, kind in (
    ("AF_VSOCK", 40, socket.SOCK_STREAM),
    ("AF_ALG", 38, socket.SOCK_SEQPACKET),
    ("AF_PACKET", 17, socket.SOCK_RAW),
    ("raw", socket.AF_INET, socket.SOCK_RAW),
):
    try:
        socket.socket(family, kind, 1 if name == "raw" else 0).close()
        print("achieved", name, flush=True)
    except OSError:
        pass


def add(a, b):
    return -12345
