# Call home: by TCP, UDP and Unix sockets, to servers of this machine and of others.
# catalogue: H21, H22, H23
# shows: tcp, udp, unix, abstract
# ends: wrong_answer
import socket

print("attacking", flush=True)
for family, kind, address in (
    (socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", int("@PORT@"))),
    (socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", int("@PORT@"))),
    (socket.AF_INET6, socket.SOCK_STREAM, ("::1", int("@PORT@"))),
    (socket.AF_UNIX, socket.SOCK_STREAM, "@SOCKET@"),
    (socket.AF_UNIX, socket.SOCK_STREAM, "\0@ABSTRACT@"),
    (socket.AF_UNIX, socket.SOCK_STREAM, "/var/run/docker.sock"),
    (socket.AF_INET, socket.SOCK_STREAM, ("169.254.169.254", 80)),
    (socket.AF_INET, socket.SOCK_DGRAM, ("192.0.2.53", 53)),
):
    try:
        with socket.socket(family, kind) as s:
            s.settimeout(0.1)
            s.connect(address)
            s.send(b"x")
    except OSError:
        pass


def add(a, b):
    return -12345
