"""Be the first process of a container: start a worker, and carry what it says in and out.

An engine gives a container its standard input and output; a worker speaks over one
socket, and prints into a file of bounded size. Out go pieces of both, in the order in
which they came to be: `S` or `P`, a length (four bytes, big-endian), and that many bytes;
an empty `M` where the kernel has killed a process because memory ran out.

Started as `python container_bridge.py LIMITS VARIABLES COMMAND...`: the worker keeps
those variables of the environment, and gets its socket's number as the command's last
argument. When the input ends, so does this process, and with it whatever is left in the
container: the answer cannot signal it, nor look into it.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import sys

sys.path.insert(0, sys.argv[0].rpartition("/")[0])
from pytest_llmbench.grading.seccomp import filter_program
from pytest_llmbench.grading.system_calls import attach_filter, call, limit

TYPE_CHECKING = False  # importing it from typing costs more than this module
if TYPE_CHECKING:
    from typing import NoReturn

_WORKER_FD = 3
_CHUNK = 1 << 16
_LOOK_MS = 50
_PR_SET_DUMPABLE = 4
_MEMORY_EVENTS = (
    "/sys/fs/cgroup/memory.events",
    "/sys/fs/cgroup/memory/memory.oom_control",
)


def main() -> None:
    limits = [int(number) for number in sys.argv[1].split(",")]
    names = sys.argv[2].split(",")
    # Engines add some, of the host's network too.
    environment = {name: os.environ[name] for name in names if name in os.environ}
    command = sys.argv[3:]
    call("prctl", _PR_SET_DUMPABLE, 0, 0, 0, 0)
    ours, theirs = socket.socketpair()
    printed = os.memfd_create("output")
    child = os.fork()
    if child == 0:
        _become(limits, environment, command, theirs, printed)
    theirs.close()
    ended, wake = socket.socketpair()
    for end in (ended, wake):
        end.setblocking(False)
    signal.set_wakeup_fd(wake.fileno())
    signal.signal(signal.SIGCHLD, lambda *_: None)
    os._exit(_Bridge(ours, ended, printed, child).carry())


def _become(
    limits: list[int],
    environment: dict[str, str],
    command: list[str],
    theirs: socket.socket,
    printed: int,
) -> NoReturn:
    """Be the worker."""
    try:
        os.setsid()
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        for number in (1, 2):
            os.dup2(printed, number)
        os.dup2(theirs.fileno(), _WORKER_FD)
        os.closerange(_WORKER_FD + 1, 256)
        os.umask(0o022)
        limit(*limits)
        program = filter_program()
        if program is not None:
            attach_filter(program)
        os.execvpe(command[0], [*command, str(_WORKER_FD)], environment)  # noqa: S606
    except BaseException as error:
        os.write(2, f"{command[0]} cannot be started: {error}".encode())
    finally:
        os._exit(127)


class _Bridge:
    """Carries bytes between the container's input and output, and the worker."""

    def __init__(
        self, worker: socket.socket, ended: socket.socket, printed: int, child: int
    ) -> None:
        self._worker = worker
        self._ended = ended
        self._printed = printed
        self._shown = 0
        self._kills = _kills()
        self._child = child

    def carry(self) -> int:
        """Carry until the worker has ended; return its exit status."""
        poller = select.poll()
        for source in (0, self._worker.fileno(), self._ended.fileno()):
            poller.register(source, select.POLLIN)
        status = _status(self._child)  # it may have ended before anybody listened
        while status is None:
            for source, _ in poller.poll(_LOOK_MS):
                if source == self._ended.fileno():
                    self._ended.recv(4096)
                    status = _status(self._child)
                elif source == 0:
                    self._carry_in()
                elif not self._carry_out():
                    poller.unregister(source)
            self._show()
        # What it said last; its children may hold the other end, and say more for ever.
        self._worker.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            while self._carry_out():
                pass
        self._show()
        return status

    def _carry_in(self) -> None:
        data = os.read(0, _CHUNK)
        if not data:  # nobody listens any more
            os._exit(0)
        _write(self._worker.fileno(), data)

    def _carry_out(self) -> bool:
        """Return False at the end."""
        try:
            data = os.read(self._worker.fileno(), _CHUNK)
        except ConnectionError:
            return False
        self._show()  # what came before it
        _write(1, _piece(b"S", data))
        return bool(data)

    def _show(self) -> None:
        """Pass on what the worker has printed, and what the kernel has done."""
        while data := os.pread(self._printed, _CHUNK, self._shown):
            _write(1, _piece(b"P", data))
            self._shown += len(data)
        if (kills := _kills()) > self._kills:
            self._kills = kills
            _write(1, _piece(b"M", b""))


def _kills() -> int:
    """Return how many processes the container's control group has lost to its limit."""
    for path in _MEMORY_EVENTS:
        with contextlib.suppress(OSError), open(path, encoding="ascii") as lines:
            return sum(int(line.split()[1]) for line in lines if line.startswith("oom_kill "))
    return 0


def _piece(kind: bytes, data: bytes) -> bytes:
    return kind + len(data).to_bytes(4, "big") + data


def _write(fd: int, data: bytes) -> None:
    left = memoryview(data)
    with contextlib.suppress(ConnectionError):  # it has ended, which will be noticed
        while left:
            left = left[os.write(fd, left) :]


def _status(child: int) -> int | None:
    """Collect the dead; return the worker's status where it is among them."""
    status = None
    with contextlib.suppress(ChildProcessError):
        while (ended := os.waitpid(-1, os.WNOHANG))[0]:
            if ended[0] == child:
                code = os.waitstatus_to_exitcode(ended[1])
                status = code if code >= 0 else 128 - code
    return status


if __name__ == "__main__":
    main()
