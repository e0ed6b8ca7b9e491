"""Try to break out of the sandbox, and say what succeeded.

Part of the package and trusted; every attempt is harmless where it succeeds.
"""

from __future__ import annotations

import itertools
import os
import signal
import socket
import sys
import time
from typing import NamedTuple

if __name__ == "__main__":
    sys.path.insert(0, sys.argv[0].rpartition("/")[0])
from pytest_llmbench.grading.frames import FrameChannel

TYPE_CHECKING = False  # importing it from typing costs more than this module
if TYPE_CHECKING:
    from collections.abc import Callable

_CLEAN = {"PATH", "HOME", "TMPDIR", "LANG", "LD_LIBRARY_PATH", "PWD", "LC_CTYPE", "SHLVL", "_"}
_LONG_S = 60
_PAGE = 4096


def serve(fd: int) -> None:
    """Answer `probe`, `linger`, `hold` and `hoard` until the judge hangs up."""
    held: list[bytearray] = []
    channel = FrameChannel(fd)
    channel.send(["", "ready"])
    while True:
        request_id, kind, *parts = channel.receive()
        match kind, parts:
            case "probe", [dict(prey)]:
                attempts = _attempts(_Prey(**prey))
                leaks = [name for name, attempt in attempts.items() if attempt()]
                channel.send([request_id, "leaks", *leaks])
            case "linger", []:
                _linger()
                channel.send([request_id, "lingers"])
            case "hold", [int(size)]:
                held.append(_used(size))
                channel.send([request_id, "holds"])
            case "hoard", [int(size), int(count)]:
                channel.send([request_id, "hoarded", _hoards(size, count)])


class _Prey(NamedTuple):
    """What must be out of reach."""

    port: int
    abstract: str
    socket: str
    canary: str
    pid: int
    memory: int
    variables: list[str]
    """Names that may be in the environment."""


def _attempts(prey: _Prey) -> dict[str, Callable[[], bool]]:
    """Give what to try, by what it means where it succeeds."""
    clean = _CLEAN.union(prey.variables)
    sockets = (f"\0{prey.abstract}", prey.socket)
    return {
        "reach the host's loopback": lambda: _connects(socket.AF_INET, ("127.0.0.1", prey.port)),
        "reach the host's sockets": lambda: any(_connects(socket.AF_UNIX, s) for s in sockets),
        "read the host's files": lambda: _readable(prey.canary) or _readable("/root/.profile"),
        "write outside its folders": lambda: any(map(_writable, ("/", "/usr", "/etc", "/dev"))),
        "change the kernel's settings": lambda: os.access("/proc/sys/kernel/core_pattern", os.W_OK),
        "act as root": lambda: os.getuid() == 0 or _status("CapEff") != 0,
        "gain privileges": lambda: _status("NoNewPrivs") != 1,
        "see the host's processes": lambda: _sees_others(prey.pid),
        "signal the host's processes": lambda: _signals(prey.pid),
        "read the parent's environment": lambda: not _environment_names() <= clean,
        "make namespaces": _makes_namespace,
        "use any amount of memory": lambda: _allocates(prey.memory),
        "start any number of threads": _starts_threads,
    }


def _connects(family: int, address: object) -> bool:
    try:
        with socket.socket(family) as attempt:
            attempt.settimeout(2)
            attempt.connect(address)  # type: ignore[arg-type]
            return True
    except OSError:
        return False


def _readable(path: str) -> bool:
    try:
        os.close(os.open(path, os.O_RDONLY))
    except OSError:
        return False
    return True


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

    return _succeeds(lambda: ctypes.CDLL(None).unshare(0x10000000) == 0)


def _succeeds(attempt: Callable[[], bool]) -> bool:
    child = os.fork()
    if child == 0:
        try:
            os._exit(0 if attempt() else 1)
        finally:
            os._exit(2)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def _status(field: str) -> int:
    with open("/proc/self/status", encoding="ascii") as lines:
        for line in lines:
            if line.startswith(f"{field}:"):
                return int(line.split()[1], 16)
    return -1


def _numbers() -> list[int]:
    try:
        return [int(name) for name in os.listdir("/proc") if name.isdigit()]
    except OSError:
        return []


def _sees_others(parent: int) -> bool:
    # Inside there is the launcher's first process and this one.
    numbers = _numbers()
    return len(numbers) > 3 or (parent > 100 and parent in numbers)


def _signals(parent: int) -> bool:
    try:
        os.kill(parent, 0)
    except OSError:
        return False
    return parent > 100  # else it may be one of ours


def _environment_names() -> set[str]:
    names = set(os.environ)
    for number in _numbers():
        try:
            with open(f"/proc/{number}/environ", "rb") as file:
                entries = file.read().split(b"\0")
        except OSError:
            continue
        names.update(entry.partition(b"=")[0].decode("ascii", "replace") for entry in entries)
    return names - {""}


def _allocates(size: int) -> bool:
    try:
        bytearray(size)  # which touches none of it
    except MemoryError:
        return False
    return True


def _starts_threads() -> bool:
    """Try with more than are allowed, in a child, whose end ends them."""

    def start() -> bool:
        import _thread

        for _ in range(64):
            try:
                _thread.start_new_thread(time.sleep, (_LONG_S,))
            except RuntimeError:
                return False
        return True

    return _succeeds(start)


def _linger() -> None:
    """Leave a process behind that has left its parent, its group and its session."""
    child = os.fork()
    if child == 0:
        os.setsid()
        if os.fork() == 0:
            for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
                signal.signal(number, signal.SIG_IGN)
            time.sleep(_LONG_S)
        os._exit(0)
    os.waitpid(child, 0)


def _used(size: int) -> bytearray:
    block = bytearray(size)
    block[::_PAGE] = b"1" * len(range(0, size, _PAGE))
    return block


def _hoards(size: int, count: int) -> bool:
    """Tell whether this much memory can be used in each of some children at once."""
    children = []
    for _ in range(count):
        told, tell = os.pipe()
        child = os.fork()
        if child == 0:
            held = _used(size)
            os.write(tell, b".")
            time.sleep(_LONG_S)
            os._exit(len(held) & 0)
        os.close(tell)
        children.append(child)
        os.read(told, 1)
        os.close(told)
    # Any of them may have been ended, and not the one that asked for too much.
    is_alive = [os.waitpid(child, os.WNOHANG)[0] == 0 for child in children]
    for child in itertools.compress(children, is_alive):
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    return all(is_alive)


if __name__ == "__main__":
    serve(int(sys.argv[1]))
