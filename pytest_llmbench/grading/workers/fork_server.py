"""Fork Python workers, each into namespaces of its own, from one warm interpreter.

Started once inside a sandbox as `python fork_server.pyc FD`; trusted, and the only
process inside with privileges: what it takes to make namespaces, and nothing of the
host's. On FD come orders of a fixed size, each with three descriptors: the worker's
socket, its output, and where to report. The report is a descriptor of the worker's
first process, and its exit status in the end.

A worker gets new PID, mount, network and IPC namespaces, a fresh /proc, /tmp and
/dev/shm, its limits, and no privileges. It is forked twice: the first process of the
namespace stays ours, so that signals mean for the answer what they mean elsewhere.
Nothing of one answer can reach the next: what it writes goes with its namespaces, and
this process never runs a line of it.

Never import here what must differ between answers (`random`, `tempfile`, `uuid`).
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import fcntl
import gc
import importlib
import os
import resource
import select
import signal
import socket
import struct
import sys
from typing import NoReturn

sys.path.insert(0, sys.argv[0].rpartition("/")[0])
from pytest_llmbench.grading.frames import FrameChannel

_WARM = ("bisect", "collections", "copy", "dataclasses", "datetime", "enum", "functools",
         "heapq", "itertools", "json", "math", "operator", "re", "string", "typing")  # fmt: skip
"""What answers import most; imported once here, shared by every fork."""

_ORDER = struct.Struct("=7q32s")
"""uid (0: keep), memory, file size, processes, CPU seconds (0: no limit), then whether
memory means address space, room for temporary files, then the worker's module."""

_SHM_BYTES = 16 * 1024 * 1024
_MAX_INODES = 4096
_MAX_OPEN_FILES = 256
_WORKER_FD = 3
_NICE = 5
"""Answers give way to the engine, whose latencies would else be those of the judge."""

_CLONE_NEWNS, _CLONE_NEWIPC = 0x00020000, 0x08000000
_CLONE_NEWUSER, _CLONE_NEWPID, _CLONE_NEWNET = 0x10000000, 0x20000000, 0x40000000
_MS_NOSUID, _MS_NODEV, _MS_NOEXEC, _MS_REC, _MS_PRIVATE = 2, 4, 8, 0x4000, 1 << 18
_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_CAPBSET_DROP, _PR_SET_NO_NEW_PRIVS = 1, 4, 24, 38
_LAST_CAP = 63
_SIOCGIFFLAGS, _SIOCSIFFLAGS, _IFF_UP = 0x8913, 0x8914, 1

_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER = 22, 2
try:
    with open(sys.argv[0].rpartition("/")[0] + "/seccomp.bpf", "rb") as _file:
        _FILTER = _file.read()
except OSError:
    _FILTER = b""  # a machine whose system calls are not known

_libc = ctypes.CDLL(None, use_errno=True)


def main() -> None:
    control = socket.socket(fileno=int(sys.argv[1]))
    sys.argv[:] = ["solution.py"]
    for name in (*_WARM, "python_worker", "program_worker", "sql_worker", "probe_worker"):
        importlib.import_module(name)
    del sys.path[0]
    own_namespace = os.open("/proc/self/ns/pid", os.O_RDONLY | os.O_CLOEXEC)
    # Nothing here is garbage: a fork's collector must not touch, and so copy, it.
    gc.collect()
    gc.freeze()
    FrameChannel(control.fileno()).send(["", "ready"])
    running: dict[int, tuple[int, socket.socket]] = {}
    poller = select.poll()
    poller.register(control, select.POLLIN)
    while True:
        for fd, _ in poller.poll():
            if fd != control.fileno():
                poller.unregister(fd)
                _report_end(fd, *running.pop(fd))
                continue
            order, fds = _receive(control)
            worker, output, report_fd = fds
            report = socket.socket(fileno=report_fd)
            try:
                pidfd, pid = _fork(own_namespace, order, worker, output)
            except OSError as error:
                _say(report, str(error.errno or errno.EIO).encode())
                report.close()
            else:
                _say(report, b"0", [pidfd])
                running[pidfd] = (pid, report)
                poller.register(pidfd, select.POLLIN)
            os.close(worker)
            os.close(output)


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


def _fork(
    own_namespace: int, order: tuple[int | bytes, ...], worker: int, output: int
) -> tuple[int, int]:
    """Start a worker in a PID namespace of its own; give its descriptor and number."""
    # Only the next child enters the new namespace; then we are back where we were,
    # because a process can ask for one from its own namespace only.
    _call("unshare", _CLONE_NEWPID)
    try:
        pid = os.fork()
    except OSError:
        _call("setns", own_namespace, _CLONE_NEWPID)
        raise
    if pid == 0:
        _be_first_process(order, worker, output)
    _call("setns", own_namespace, _CLONE_NEWPID)
    return os.pidfd_open(pid), pid


def _be_first_process(order: tuple[int | bytes, ...], worker: int, output: int) -> NoReturn:
    status = 127
    try:
        status = _first_process(order, worker, output)
    except BaseException as error:  # into the worker's output, where its judge finds it
        os.write(output, f"no walls for the answer: {error!r}".encode())
    finally:
        os._exit(status)


def _first_process(order: tuple[int | bytes, ...], worker: int, output: int) -> int:
    """Be the first process of the namespace: build the walls, fork the worker, wait."""
    uid, *limits, tmp_bytes, module = order
    _call("prctl", _PR_SET_PDEATHSIG, 9, 0, 0, 0)
    os.setsid()
    os.nice(_NICE)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.dup2(worker, _WORKER_FD)
    os.closerange(_WORKER_FD + 1, resource.getrlimit(resource.RLIMIT_NOFILE)[0])
    _call("unshare", _CLONE_NEWNS | _CLONE_NEWIPC | _CLONE_NEWNET)
    _mount_private(int(tmp_bytes))
    _bring_up_loopback()
    os.umask(0o022)
    os.chdir("/tmp")  # noqa: S108 - the sandbox's own
    child = os.fork()
    if child == 0:
        _serve(limits, int(uid), bytes(module))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the answer may send it to us
    os.closerange(0, _WORKER_FD + 1)
    _call("prctl", _PR_SET_DUMPABLE, 0, 0, 0, 0)
    if not uid:
        _drop_capabilities()
    while True:
        pid, status = os.wait()
        if pid == child:
            code = os.waitstatus_to_exitcode(status)
            return code if code >= 0 else 128 - code


def _serve(limits: list[int | bytes], uid: int, module: bytes) -> NoReturn:
    """Be the worker."""
    status = 127
    try:
        if not uid:
            _enter_user_namespace()
        # Afterwards: the limit on processes at a namespace's making bounds its parent's too.
        _limit(limits)
        _drop(uid)
        _filter_system_calls()
        sys.modules[module.rstrip(b"\0").decode("ascii")].serve(_WORKER_FD)
        status = 0
    except BaseException as error:
        os.write(2, f"no worker for the answer: {error!r}".encode())
    finally:
        os._exit(status)


def _mount_private(tmp_bytes: int) -> None:
    _mount(None, "/", None, _MS_REC | _MS_PRIVATE, None)
    flags = _MS_NOSUID | _MS_NODEV
    _mount("proc", "/proc", "proc", flags | _MS_NOEXEC, None)
    for folder, size in (("/tmp", tmp_bytes), ("/dev/shm", _SHM_BYTES)):  # noqa: S108
        options = f"size={size},nr_inodes={_MAX_INODES},mode=1777"
        _mount("tmpfs", folder, "tmpfs", flags, options)
    # Terminals of its own: the sandbox's are shared by all its workers.
    _mount("devpts", "/dev/pts", "devpts", _MS_NOSUID | _MS_NOEXEC, "newinstance,ptmxmode=0666")


def _bring_up_loopback() -> None:
    """Give the answer a loopback of its own, for code that talks to itself."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        request = fcntl.ioctl(any_socket, _SIOCGIFFLAGS, struct.pack("16sh14x", b"lo", 0))
        (flags,) = struct.unpack_from("h", request, 16)
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", flags | _IFF_UP))


def _limit(limits: list[int | bytes]) -> None:
    memory, file_size, processes, cpu_s, is_address_space = (int(limit) for limit in limits)
    kind = resource.RLIMIT_AS if is_address_space else resource.RLIMIT_DATA
    resource.setrlimit(kind, (memory, memory))
    resource.setrlimit(resource.RLIMIT_FSIZE, (file_size, file_size))
    resource.setrlimit(resource.RLIMIT_NPROC, (processes, processes))
    resource.setrlimit(resource.RLIMIT_NOFILE, (_MAX_OPEN_FILES, _MAX_OPEN_FILES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if cpu_s:
        # One more second for the hard limit: SIGXCPU first, then SIGKILL.
        resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s + 1))


def _filter_system_calls() -> None:
    if not _FILTER:
        return
    steps = ctypes.create_string_buffer(_FILTER, len(_FILTER))
    program = struct.pack("@HP", len(_FILTER) // 8, ctypes.addressof(steps))
    _call("prctl", _PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, program, 0, 0)


def _enter_user_namespace() -> None:
    """Become nobody, where processes are counted for this answer alone."""
    own_uid, own_gid = os.getuid(), os.getgid()  # afterwards we are nobody yet
    _call("unshare", _CLONE_NEWUSER)
    for path, text in (
        ("/proc/self/setgroups", "deny"),
        ("/proc/self/uid_map", f"65534 {own_uid} 1"),
        ("/proc/self/gid_map", f"65534 {own_gid} 1"),
        ("/proc/sys/user/max_user_namespaces", "0"),
    ):
        with open(path, "w", encoding="ascii") as file:
            file.write(text)


def _drop(uid: int) -> None:
    """Give up every privilege for good; with a uid, the host's root becomes that user."""
    for capability in range(_LAST_CAP + 1):
        if _libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0):
            break  # one more than the kernel has
    if uid:
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)  # which clears every capability
    _drop_capabilities()
    _call("prctl", _PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    _call("prctl", _PR_SET_DUMPABLE, 1, 0, 0, 0)  # its own /proc/self, as after an exec


def _drop_capabilities() -> None:
    header = struct.pack("=Ii", 0x20080522, 0)  # version 3, ourselves
    _call("capset", header, bytes(24))


def _mount(
    source: str | None, target: str, kind: str | None, flags: int, options: str | None
) -> None:
    encoded = [text and text.encode() for text in (source, target, kind, options)]
    _call("mount", *encoded[:3], ctypes.c_ulong(flags), encoded[3])


def _call(name: str, *arguments: object) -> None:
    if getattr(_libc, name)(*arguments):
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")


if __name__ == "__main__":
    main()
