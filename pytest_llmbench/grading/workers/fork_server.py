"""Fork Python workers, each into namespaces of its own, from one warm interpreter.

Started once inside a sandbox as `python fork_server.pyc FD`; trusted, and the only
process inside with privileges: what it takes to make namespaces, and nothing of the
host's. On FD come orders of a fixed size, each with three descriptors: the worker's
socket, its output, and where to report. The report is a descriptor of the worker's
first process, and its exit status in the end.

A worker gets new PID, mount and IPC namespaces, a fresh /proc, /tmp and /dev/shm, a
network that nobody has used, its limits, and no privileges. Nothing of one answer can
reach the next: what it writes goes with its namespaces, and this process never runs a
line of it.

Signals and orphans mean something else to the first process of a namespace. An answer
that may have to do with them gets a process of its own for that; forking twice would
cost all others a third of their time.

An order without a module asks for a copy of this server, which takes orders on the
worker's socket. Such a copy is moved into a control group once, and whatever it forks is
born there: to move each worker would cost more than to fork it.

Never import here what must differ between answers (`random`, `tempfile`, `uuid`).
"""

from __future__ import annotations

import contextlib
import errno
import gc
import importlib
import os
import re
import resource
import select
import socket
import struct
import sys
from typing import NoReturn

sys.path.insert(0, sys.argv[0].rpartition("/")[0])
from pytest_llmbench.grading.frames import FrameChannel
from pytest_llmbench.grading.system_calls import (
    CLONE_NEWIPC,
    CLONE_NEWNET,
    CLONE_NEWNS,
    CLONE_NEWPID,
    be_first_process,
    become_answer,
    bring_up_loopback,
    call,
    die_with_parent,
    drop_bounding_set,
    mount_folders,
    write_file,
)

_WARM = ("bisect", "collections", "copy", "dataclasses", "datetime", "enum", "functools",
         "heapq", "itertools", "json", "math", "operator", "re", "string", "typing")  # fmt: skip
"""What answers import most; imported once here, shared by every fork."""

_ORDER = struct.Struct("=7q32s")
"""uid (0: keep), memory, file size, processes, CPU seconds (0: no limit), then whether
memory means address space, room for temporary files, then the worker's module."""

_WORKER_FD = 3
_PYTHON_WORKER = "python_worker"
_PROCESS_WORDS = re.compile(
    r"\b(?:_?posix\w*|_?signal|_?ctypes|asyncio|breakpoint|cffi|concurrent|eval|exec|faulthandler"
    r"|importlib|modules|multiprocessing|os|pty|resource|runpy|subprocess|__\w*(?:import|builtins"
    r"|loader|subclasses|globals)\w*__)\b"
)
"""Ways to processes and signals. Nothing is guarded by this list: an answer that finds
another way is the first process of its namespace, and sees some signals ignored."""

_COUNTERS = ("dev", "snmp", "snmp6", "sockstat")
"""What the kernel tells of a network: packets, connections, errors, open sockets."""
_NICE = 5
"""Answers give way to the engine, whose latencies would else be those of the judge."""

try:
    with open(sys.argv[0].rpartition("/")[0] + "/seccomp.bpf", "rb") as _file:
        _FILTER = _file.read()
except OSError:
    _FILTER = b""  # a machine whose system calls are not known


def main() -> None:
    control = socket.socket(fileno=int(sys.argv[1]))
    sys.argv[:] = ["solution.py"]
    for name in (*_WARM, _PYTHON_WORKER, "program_worker", "sql_worker", "probe_worker"):
        importlib.import_module(name)
    del sys.path[0]
    # Whatever can be done once is not done after each fork.
    os.environ.pop("LD_BIND_NOW", None)
    drop_bounding_set()
    sys.modules[_PYTHON_WORKER].rehearse()
    own_namespace = os.open("/proc/self/ns/pid", os.O_RDONLY | os.O_CLOEXEC)
    os.nice(_NICE)
    # Nothing here is garbage: a fork's collector must not touch, and so copy, it.
    gc.collect()
    gc.freeze()
    FrameChannel(control.fileno()).send(["", "ready"])
    _serve_orders(control, own_namespace)


class _Network:
    """The network that the next worker is born into: a loopback that nobody has used.

    Making one costs as much as a fork, and the kernel is busy for longer when it ends.
    Most answers never open a socket. So this process stays in one network until a worker
    leaves a trace in it: a packet, a socket, an error that was counted.
    """

    def __init__(self) -> None:
        self._files: list[int] = []
        self._unused: list[bytes] = []
        self.user = -1
        """Descriptor of the worker that is in it; -1: none."""

    def enter(self) -> None:
        """Be in a network that is as good as new."""
        if self._files and self.user == -1 and self._counters() == self._unused:
            return
        for fd in self._files:
            os.close(fd)
        self._files.clear()
        call("unshare", CLONE_NEWNET)
        bring_up_loopback()
        for name in _COUNTERS:
            with contextlib.suppress(FileNotFoundError):  # no IPv6 here
                self._files.append(os.open(f"/proc/self/net/{name}", os.O_RDONLY | os.O_CLOEXEC))
        self._unused = self._counters()
        self.user = -1

    def _counters(self) -> list[bytes]:
        *counters, sockets = (os.pread(fd, 65536, 0) for fd in self._files)
        # After its first line it counts the whole machine's.
        return [*counters, sockets.partition(b"\n")[0]]


def _serve_orders(control: socket.socket, own_namespace: int) -> NoReturn:
    running: dict[int, tuple[int, socket.socket]] = {}
    network = _Network()
    poller = select.poll()
    poller.register(control, select.POLLIN)
    while True:
        for fd, _ in poller.poll():
            if fd != control.fileno():
                poller.unregister(fd)
                if network.user == fd:
                    network.user = -1
                _report_end(fd, *running.pop(fd))
                continue
            order, fds = _receive(control)
            worker, output, report_fd = fds
            report = socket.socket(fileno=report_fd)
            try:
                if not _module(order):
                    pidfd, pid = _fork_copy(own_namespace, fds, [control, *running])
                else:
                    network.enter()
                    pidfd, pid = _fork(own_namespace, order, worker, output)
                    network.user = pidfd
            except OSError as error:
                _say(report, str(error.errno or errno.EIO).encode())
                report.close()
            else:
                _say(report, b"0", [pidfd])
                running[pidfd] = (pid, report)
                poller.register(pidfd, select.POLLIN)
            os.close(worker)
            os.close(output)


def _module(order: tuple[int | bytes, ...]) -> str:
    return bytes(order[-1]).rstrip(b"\0").decode("ascii")


def _receive(control: socket.socket) -> tuple[tuple[int | bytes, ...], list[int]]:
    data, fds, _, _ = socket.recv_fds(control, _ORDER.size, 3)
    if len(data) < _ORDER.size or len(fds) != 3:  # the judge is gone
        os._exit(0)
    return _ORDER.unpack(data), fds


def _say(report: socket.socket, text: bytes, fds: list[int] | None = None) -> None:
    with contextlib.suppress(OSError):  # the judge has closed it: nobody wants to know
        socket.send_fds(report, [text], fds or [])


def _report_end(pidfd: int, pid: int, report: socket.socket) -> None:
    _, status = os.waitpid(pid, 0)
    os.close(pidfd)
    _say(report, str(os.waitstatus_to_exitcode(status)).encode())
    report.close()


def _fork_copy(
    own_namespace: int, fds: list[int], others: list[int | socket.socket]
) -> tuple[int, int]:
    """Start a copy of this server; give its descriptor and number."""
    pid = os.fork()
    if pid:
        return os.pidfd_open(pid), pid
    try:
        die_with_parent()
        for other in (*fds[1:], *others):
            os.close(other if isinstance(other, int) else other.fileno())
        _serve_orders(socket.socket(fileno=fds[0]), own_namespace)
    finally:
        os._exit(1)


def _fork(
    own_namespace: int, order: tuple[int | bytes, ...], worker: int, output: int
) -> tuple[int, int]:
    """Start a worker in a PID namespace of its own; give its descriptor and number."""
    # Only the next child enters the new namespace; then we are back where we were,
    # because a process can ask for one from its own namespace only.
    call("unshare", CLONE_NEWPID)
    try:
        pid = os.fork()
    except OSError:
        call("setns", own_namespace, CLONE_NEWPID)
        raise
    if pid == 0:
        _be_first_process(order, worker, output)
    call("setns", own_namespace, CLONE_NEWPID)
    return os.pidfd_open(pid), pid


def _be_first_process(order: tuple[int | bytes, ...], worker: int, output: int) -> NoReturn:
    try:
        _first_process(order, worker, output)
    except BaseException as error:  # into the worker's output, where its judge finds it
        os.write(output, f"no walls for the answer: {error!r}".encode())
    finally:
        os._exit(127)


def _first_process(order: tuple[int | bytes, ...], worker: int, output: int) -> NoReturn:
    """Be the first process of the namespace: build the walls, and be or fork the worker."""
    uid, *limits, tmp_bytes, _ = order
    die_with_parent()
    os.setsid()
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.dup2(worker, _WORKER_FD)
    os.closerange(_WORKER_FD + 1, resource.getrlimit(resource.RLIMIT_NOFILE)[0])
    call("unshare", CLONE_NEWNS | CLONE_NEWIPC)
    mount_folders(int(tmp_bytes))
    os.umask(0o022)
    os.chdir("/tmp")  # noqa: S108 - the sandbox's own
    module = _module(order)
    child = 0 if module == _PYTHON_WORKER else os.fork()
    if child == 0:
        _serve([int(limit) for limit in limits], int(uid), module)
    be_first_process(child, int(uid))


def _serve(limits: list[int], uid: int, module: str) -> NoReturn:
    """Be the worker."""
    status = 127
    try:
        _offer_to_the_oom_killer()
        memory, file_size, processes, *others = limits
        if module == _PYTHON_WORKER:
            # One more, for the first process if there has to be one.
            become_answer(uid, [memory, file_size, processes + 1, *others], _FILTER)
            die_with_parent()  # forgotten with the privileges
            sys.modules[module].serve(_WORKER_FD, _stand_aside)
        else:
            become_answer(uid, limits, _FILTER)
            sys.modules[module].serve(_WORKER_FD)
        status = 0
    except BaseException as error:
        os.write(2, f"no worker for the answer: {error!r}".encode())
    finally:
        os._exit(status)


def _stand_aside(code: str) -> None:
    """Let a child go on where the answer may have to do with processes and signals."""
    if _PROCESS_WORDS.search(code):
        child = os.fork()
        if child:
            be_first_process(child, 0)


def _offer_to_the_oom_killer() -> None:
    """Be what is killed where memory runs out, before the server that others need."""
    write_file("/proc/self/oom_score_adj", "1000")


if __name__ == "__main__":
    main()
