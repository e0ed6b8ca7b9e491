"""The system calls that walls are made of, and Python has no functions for.

Shared by the workers that build walls around others; it runs inside sandboxes, so it
needs nothing but the standard library.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import resource
import signal
import socket
import struct

TYPE_CHECKING = False  # importing it from typing costs more than this module
if TYPE_CHECKING:
    from typing import NoReturn

__all__ = [
    "CLONE_NEWCGROUP",
    "CLONE_NEWIPC",
    "CLONE_NEWNET",
    "CLONE_NEWNS",
    "CLONE_NEWPID",
    "CLONE_NEWUSER",
    "CLONE_NEWUTS",
    "MS_BIND",
    "MS_NODEV",
    "MS_NOEXEC",
    "MS_NOSUID",
    "MS_PRIVATE",
    "MS_REC",
    "MS_REMOUNT",
    "attach_filter",
    "be_first_process",
    "become_answer",
    "bring_up_loopback",
    "call",
    "die_with_parent",
    "drop_bounding_set",
    "drop_privileges",
    "limit",
    "listen_to_filter",
    "mount",
    "mount_folders",
    "syscall",
    "write_file",
]

CLONE_NEWNS, CLONE_NEWCGROUP, CLONE_NEWUTS = 0x00020000, 0x02000000, 0x04000000
CLONE_NEWIPC, CLONE_NEWUSER = 0x08000000, 0x10000000
CLONE_NEWPID, CLONE_NEWNET = 0x20000000, 0x40000000
MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REMOUNT, MS_BIND = 2, 4, 8, 32, 4096
MS_REC, MS_PRIVATE = 0x4000, 1 << 18

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_SECCOMP = 1, 4, 22
_PR_CAPBSET_DROP, _PR_SET_NO_NEW_PRIVS = 24, 38
_SECCOMP_MODE_FILTER = 2
_SECCOMP = {"x86_64": 317, "aarch64": 277}
_SECCOMP_SET_MODE_FILTER, _SECCOMP_NEW_LISTENER = 1, 8
_LAST_CAP = 63
_SIOCGIFFLAGS, _SIOCSIFFLAGS, _IFF_UP = 0x8913, 0x8914, 1

_SHM_BYTES = 16 * 1024 * 1024
_MAX_INODES = 4096
_MAX_OPEN_FILES = 256
_FIRST_FREE_FD = 4

_libc = ctypes.CDLL(None, use_errno=True)
for _name in ("capset", "mount", "prctl", "setns", "unshare"):
    getattr(_libc, _name)  # looked up once, and not after each fork


def call(name: str, *arguments: object) -> None:
    """Call a function of the C library; raise OSError where it fails."""
    if getattr(_libc, name)(*arguments) < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")


def syscall(name: str, number: int, *arguments: object) -> int:
    """Make a system call that the C library has no function for."""
    # Variadic: without a type, a number is passed as 32 bits with garbage above.
    words = [ctypes.c_long(part) if isinstance(part, int) else part for part in arguments]
    result: int = _libc.syscall(ctypes.c_long(number), *words)
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, f"{name}: {os.strerror(error)}")
    return result


def write_file(path: str, text: str) -> None:
    """Write into a file of the kernel's; `open` would import a codec, after each fork."""
    fd = os.open(path, os.O_WRONLY)
    try:
        os.write(fd, text.encode())
    finally:
        os.close(fd)


def mount(
    source: str | None, target: str, kind: str | None, flags: int, options: str | None = None
) -> None:
    encoded = [text and text.encode() for text in (source, target, kind, options)]
    try:
        call("mount", *encoded[:3], ctypes.c_ulong(flags), encoded[3])
    except OSError as error:
        raise OSError(error.errno, f"mounting {target}: {os.strerror(error.errno or 0)}") from None


def mount_folders(tmp_bytes: int) -> None:
    """Give this mount namespace its own /proc, terminals, and bounded writable folders."""
    mount(None, "/", None, MS_REC | MS_PRIVATE)
    flags = MS_NOSUID | MS_NODEV
    mount("proc", "/proc", "proc", flags | MS_NOEXEC)
    for folder, size in (("/tmp", tmp_bytes), ("/dev/shm", _SHM_BYTES)):  # noqa: S108
        mount("tmpfs", folder, "tmpfs", flags, f"size={size},nr_inodes={_MAX_INODES},mode=1777")
    # Terminals of its own: the sandbox's are shared by all its workers.
    mount("devpts", "/dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666")


def bring_up_loopback() -> None:
    """Give the answer a loopback of its own, for code that talks to itself."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        request = fcntl.ioctl(any_socket, _SIOCGIFFLAGS, struct.pack("16sh14x", b"lo", 0))
        (flags,) = struct.unpack_from("h", request, 16)
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", flags | _IFF_UP))


def die_with_parent(signal_number: int = signal.SIGKILL) -> None:
    call("prctl", _PR_SET_PDEATHSIG, signal_number, 0, 0, 0)


def limit(memory: int, file_size: int, processes: int, cpu_s: int, is_address_space: int) -> None:
    """Set what this process, and each of its children, may use; 0 CPU seconds: all."""
    kind = resource.RLIMIT_AS if is_address_space else resource.RLIMIT_DATA
    resource.setrlimit(kind, (memory, memory))
    resource.setrlimit(resource.RLIMIT_FSIZE, (file_size, file_size))
    resource.setrlimit(resource.RLIMIT_NPROC, (processes, processes))
    resource.setrlimit(resource.RLIMIT_NOFILE, (_MAX_OPEN_FILES, _MAX_OPEN_FILES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if cpu_s:
        # One more second for the hard limit: SIGXCPU first, then SIGKILL.
        resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s + 1))


def become_answer(uid: int, limits: list[int], program: bytes) -> None:
    """Give up everything that an answer must not have; without a uid, be nobody.

    With one, `drop_bounding_set` comes before.
    """
    if not uid:
        _enter_user_namespace()
        drop_bounding_set()  # a new namespace begins with everything
    # Afterwards: the limit on processes at a namespace's making bounds its parent's too.
    limit(*limits)
    drop_privileges(uid)
    if program:
        attach_filter(program)


def attach_filter(program: bytes) -> None:
    """Filter this process's system calls; see `grading/seccomp.py`."""
    steps = ctypes.create_string_buffer(program, len(program))
    described = struct.pack("@HP", len(program) // 8, ctypes.addressof(steps))
    call("prctl", _PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, described, 0, 0)


def listen_to_filter(program: bytes) -> int:
    """Attach a filter; return a descriptor on which it asks its supervisor."""
    steps = ctypes.create_string_buffer(program, len(program))
    described = struct.pack("@HP", len(program) // 8, ctypes.addressof(steps))
    number = _SECCOMP[os.uname().machine]
    return syscall("seccomp", number, _SECCOMP_SET_MODE_FILTER, _SECCOMP_NEW_LISTENER, described)


def _enter_user_namespace() -> None:
    """Become nobody, where processes are counted for this answer alone."""
    own_uid, own_gid = os.getuid(), os.getgid()  # afterwards we are nobody yet
    call("unshare", CLONE_NEWUSER)
    for path, text in (
        ("/proc/self/setgroups", "deny"),
        ("/proc/self/uid_map", f"65534 {own_uid} 1"),
        ("/proc/self/gid_map", f"65534 {own_gid} 1"),
        ("/proc/sys/user/max_user_namespaces", "0"),
    ):
        write_file(path, text)


def drop_bounding_set() -> None:
    """Let nothing that is executed from now on have a capability; forks inherit that."""
    for capability in range(_LAST_CAP + 1):
        if _libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0):
            break  # one more than the kernel has


def drop_privileges(uid: int) -> None:
    """Give up every privilege for good; with a uid, the host's root becomes that user.

    `drop_bounding_set` comes before, here or in the process that forked this one.
    """
    if uid:
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)  # which clears every capability
    _drop_capabilities()
    call("prctl", _PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    call("prctl", _PR_SET_DUMPABLE, 1, 0, 0, 0)  # its own /proc/self, as after an exec


def _drop_capabilities() -> None:
    header = struct.pack("=Ii", 0x20080522, 0)  # version 3, ourselves
    call("capset", header, bytes(24))


def be_first_process(child: int, uid: int) -> NoReturn:
    """Be the namespace's first process, out of the answer's reach, until `child` ends."""
    status = 127
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the answer may send it to us
        os.closerange(0, _FIRST_FREE_FD)
        call("prctl", _PR_SET_DUMPABLE, 0, 0, 0, 0)
        if not uid:
            _drop_capabilities()
        while True:
            pid, ended = os.wait()
            if pid == child:
                code = os.waitstatus_to_exitcode(ended)
                status = code if code >= 0 else 128 - code
                break
    finally:
        os._exit(status)
