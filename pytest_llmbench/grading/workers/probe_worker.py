"""Try to break out of the sandbox, and say what succeeded.

Part of the package and trusted; every attempt is harmless where it succeeds.
"""

from __future__ import annotations

import os
import socket
import sys

if __name__ == "__main__":
    sys.path.insert(0, sys.argv[0].rpartition("/")[0])
from pytest_llmbench.grading.frames import FrameChannel

_CLEAN = {"PATH", "HOME", "TMPDIR", "LANG", "LD_LIBRARY_PATH", "PWD", "LC_CTYPE", "SHLVL", "_"}


def serve(fd: int) -> None:
    channel = FrameChannel(fd)
    channel.send(["", "ready"])
    request_id, _, port, canary, pid = channel.receive()
    attempts = {
        "reach the host's loopback": _connects(port),
        "read the host's files": os.path.exists(str(canary)) or os.path.exists("/root/.profile"),
        "write outside its folders": any(_writable(path) for path in ("/", "/usr", "/etc", "/dev")),
        "change the kernel's settings": os.access("/proc/sys/kernel/core_pattern", os.W_OK),
        "act as root": os.getuid() == 0 or _status("CapEff") != 0 or _status("CapBnd") != 0,
        "gain privileges": _status("NoNewPrivs") != 1,
        "see the host's processes": _sees_others(int(str(pid))),
        "read the parent's environment": not _environment_names() <= _CLEAN,
        "make namespaces": _makes_namespace(),
    }
    channel.send([request_id, "leaks", *(leak for leak, succeeds in attempts.items() if succeeds)])


def _connects(port: object) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", int(str(port))), timeout=2):
            return True
    except OSError:
        return False


def _writable(folder: str) -> bool:
    try:
        path = os.path.join(folder, ".llmbench-probe")
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        os.unlink(path)
    except OSError:
        return False
    return True


def _makes_namespace() -> bool:
    """Try in a child: it would be in another place if it succeeded."""
    import ctypes

    child = os.fork()
    if child == 0:
        os._exit(0 if ctypes.CDLL(None).unshare(0x10000000) == 0 else 1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def _status(field: str) -> int:
    with open("/proc/self/status", encoding="ascii") as lines:
        for line in lines:
            if line.startswith(f"{field}:"):
                return int(line.split()[1], 16)
    return -1


def _sees_others(parent: int) -> bool:
    # Inside there is the launcher's first process and this one.
    numbers = [int(name) for name in os.listdir("/proc") if name.isdigit()]
    return len(numbers) > 3 or (parent > 100 and parent in numbers)


def _environment_names() -> set[str]:
    names = set(os.environ)
    for number in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{number}/environ", "rb") as file:
                entries = file.read().split(b"\0")
        except OSError:
            continue
        names.update(entry.partition(b"=")[0].decode("ascii", "replace") for entry in entries)
    return names - {""}


if __name__ == "__main__":
    serve(int(sys.argv[1]))
