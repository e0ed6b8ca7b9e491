"""Start one program behind Landlock and a filter of system calls, and watch over it.

For machines that forbid namespaces. Started outside of any sandbox, with an empty
environment, as `python landlock_launcher.pyc ORDER SOCKET LEDGER`, three descriptors:
what to do as JSON, the program's socket, and two numbers shared with the judge: the
memory that all processes together may use, and whether they used more.

The program and all its descendants stay in one process group, because the filter lets
nobody leave it; they end as one, when they are told to by SIGTERM, when the judge
dies, when the program ends, or when they use more than they may.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import select
import signal
import socket
import stat
import struct
import sys
import time

sys.path.insert(0, sys.argv[0].rpartition("/")[0])
from pytest_llmbench.grading.seccomp import filter_program, supervised_calls
from pytest_llmbench.grading.system_calls import (
    call,
    die_with_parent,
    drop_bounding_set,
    drop_privileges,
    limit,
    listen_to_filter,
    syscall,
)

TYPE_CHECKING = False  # importing it from typing costs more than this module
if TYPE_CHECKING:
    from typing import Any, NoReturn

_WORKER_FD = 3
_LEDGER = struct.Struct("=qq")
_LOOK_S = 0.1
_END_S = 2.0
_MAX_FILES = 4096
_PR_SET_CHILD_SUBREAPER = 36
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_RULE_PATH = 1
_FILE_RIGHTS = 0b1100_0000_0000_0111  # execute, write, read, truncate, ioctl of devices
_READ_RIGHTS = 0b1101  # execute, read file, read folder
_RIGHTS = {1: 0x1FFF, 2: 0x3FFF, 3: 0x7FFF, 5: 0xFFFF}
"""Rights over files that a version of Landlock knows, from that version on."""
_NETWORK = 0b11  # bind and connect TCP
_SCOPES = 0b11  # abstract unix sockets, signals
_WRITABLE_DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")
_READABLE = ("/proc/meminfo", "/proc/cpuinfo", "/proc/stat", "/sys/devices/system/cpu/online",
             "/etc/ld.so.preload", "/etc/localtime", "/etc/nsswitch.conf",
             "/etc/ssl/openssl.cnf")  # fmt: skip
"""What programs look for when they start; some give up where it is there but closed."""

_RECEIVE, _SEND, _IS_VALID = 0xC0502100, 0xC0182101, 0x40082102
_NOTIFICATION = struct.Struct("=QIIiIQ6Q")
_RESPONSE = struct.Struct("=QqiI")
_CONTINUE = 1
_AT_FDCWD = 0xFFFFFF9C
_PATH_BYTES = 4096


def main() -> None:
    die_with_parent(signal.SIGTERM)
    order_fd, worker, ledger = (int(word) for word in sys.argv[1:])
    with open(order_fd, encoding="utf-8") as file:
        order: dict[str, Any] = json.load(file)
    call("prctl", _PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    awake, waker = socket.socketpair()
    for end in (awake, waker):
        end.setblocking(False)
    signal.set_wakeup_fd(waker.fileno())
    for number in (signal.SIGTERM, signal.SIGCHLD):
        signal.signal(number, lambda *_: None)
    ours, theirs = socket.socketpair()
    child = os.fork()
    if child == 0:
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGTERM, signal.SIGCHLD):
            signal.signal(number, signal.SIG_DFL)
        _become(order, worker, theirs)
    theirs.close()
    os.close(worker)
    _, received, _, _ = socket.recv_fds(ours, 1, 1)
    listener = received[0] if received else -1
    os._exit(_Watch(order, child, ledger, listener).until_the_end(awake))


def _become(order: dict[str, Any], worker: int, theirs: socket.socket) -> NoReturn:
    """Be the program, behind its walls."""
    try:
        os.setsid()
        os.chdir(order["folder"])
        os.umask(0o022)
        rules = _rules(order)
        memory, file_size, processes, cpu_s, is_address_space = order["limits"]
        uid = order["uid"]
        # The kernel counts the processes of a user, and a normal user has others.
        processes += 0 if uid else _processes_of(os.getuid())
        limit(memory, file_size, processes, cpu_s, is_address_space)
        drop_bounding_set()
        drop_privileges(uid)
        die_with_parent()
        syscall("landlock_restrict_self", _RESTRICT_SELF, rules, 0)
        program = filter_program(alone=True)
        if program is None:
            raise OSError(errno.ENOSYS, "the system calls of this machine are not known")  # noqa: TRY301
        listener = listen_to_filter(program)
        socket.send_fds(theirs, [b"."], [listener])
        os.dup2(worker, _WORKER_FD)
        os.closerange(_WORKER_FD + 1, 256)
        command = [*order["command"], str(_WORKER_FD)]
        os.execve(command[0], command, order["environment"])  # noqa: S606
    except BaseException as error:  # into the output, where the judge finds it
        os.write(2, f"no walls: {error}".encode())
    finally:
        os._exit(127)


def _rules(order: dict[str, Any]) -> int:
    """Return a descriptor of the rules: read what is shown, write in the own folder."""
    version = min(order["landlock"], syscall("landlock", _CREATE_RULESET, None, 0, 1))
    if version < 1:
        raise OSError(errno.ENOSYS, "no Landlock")
    rights = max((known, mask) for known, mask in _RIGHTS.items() if known <= version)[1]
    parts = [rights, *([_NETWORK] if version >= 4 else []), *([_SCOPES] if version >= 6 else [])]
    attributes = struct.pack(f"={len(parts)}Q", *parts)
    rules = syscall("landlock", _CREATE_RULESET, attributes, len(attributes), 0)
    own = f"/proc/{os.getpid()}"
    for path in (*order["readable"], *_READABLE, own):
        _allow(rules, path, _READ_RIGHTS)
    for path in _WRITABLE_DEVICES:
        _allow(rules, path, rights & _FILE_RIGHTS)
    for path in (order["folder"], *order["writable"]):
        _allow(rules, path, rights)
    return rules


def _allow(rules: int, path: str, rights: int) -> None:
    try:
        fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    if not stat.S_ISDIR(os.fstat(fd).st_mode):
        rights &= _FILE_RIGHTS
    rule = struct.pack("=Qi", rights, fd)
    syscall("landlock_add_rule", _ADD_RULE, rules, _RULE_PATH, rule, 0)
    os.close(fd)


def _processes_of(uid: int) -> int:
    count = 0
    for name in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            if os.stat(f"/proc/{name}").st_uid == uid:
                count += len(os.listdir(f"/proc/{name}/task"))
    return count


class _Watch:
    """Watches over one process group."""

    def __init__(self, order: dict[str, Any], child: int, ledger: int, listener: int) -> None:
        self._folder: str = order["folder"]
        self._tmp_bytes: int = order["tmp_bytes"]
        self._child = child
        self._ledger = ledger
        self._listener = listener
        self._calls = supervised_calls()

    def until_the_end(self, awake: socket.socket) -> int:
        """Answer the filter's questions until all is over; return the program's status."""
        poller = select.poll()
        poller.register(awake, select.POLLIN)
        if self._listener >= 0:
            poller.register(self._listener, select.POLLIN)
        looked = 0.0
        status: int | None = None
        while status is None:
            for fd, event in poller.poll(_LOOK_S * 1000):
                if fd == awake.fileno():
                    if signal.SIGTERM in awake.recv(4096):
                        self._end()
                    status = self._reap()
                elif event & select.POLLIN:
                    self._decide()
                else:
                    poller.unregister(fd)
            if time.monotonic() > looked + _LOOK_S and status is None:
                looked = time.monotonic()
                self._look()
        self._end()
        self._reap_all()
        return status

    def _end(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._child, signal.SIGKILL)

    def _reap(self) -> int | None:
        """Collect the dead; return the program's status where it is among them."""
        status = None
        with contextlib.suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                if ended[0] == self._child:
                    code = os.waitstatus_to_exitcode(ended[1])
                    status = code if code >= 0 else 128 - code
        return status

    def _reap_all(self) -> None:
        deadline = time.monotonic() + _END_S
        while time.monotonic() < deadline:
            try:
                if not os.waitpid(-1, os.WNOHANG)[0]:
                    self._end()
                    time.sleep(0.001)
            except ChildProcessError:
                return

    def _look(self) -> None:
        """End everything where more is used than is allowed."""
        memory, _ = _LEDGER.unpack(os.pread(self._ledger, _LEDGER.size, 0))
        if sum(map(_memory_of, _descendants(os.getpid()))) > memory:
            os.pwrite(self._ledger, _LEDGER.pack(memory, 1), 0)
            self._end()
        elif _uses_more(self._folder, self._tmp_bytes):
            os.write(2, b"too many or too large temporary files\n")
            self._end()

    def _decide(self) -> None:
        """Answer one question of the filter: may this system call be made?"""
        data = bytearray(_NOTIFICATION.size)
        try:
            fcntl.ioctl(self._listener, _RECEIVE, data)
        except OSError:  # it has died in the meantime
            return
        number, pid, _, call_number, _, _, *arguments = _NOTIFICATION.unpack(data)
        name = self._calls.get(call_number, "")
        try:
            if "chmod" in name:
                self._change_mode(number, pid, name, arguments)
                response = _RESPONSE.pack(number, 0, 0, 0)
            else:
                self._check_target(name, arguments[0])
                # Its arguments are numbers, which nobody can change behind our back.
                response = _RESPONSE.pack(number, 0, 0, _CONTINUE)
        except OSError as error:
            response = _RESPONSE.pack(number, 0, -(error.errno or errno.EPERM), 0)
        with contextlib.suppress(OSError):
            fcntl.ioctl(self._listener, _SEND, response)

    def _check_target(self, name: str, argument: int) -> None:
        """Raise OSError unless a process, or a group, is one of those in here."""
        (target,) = struct.unpack("=i", struct.pack("=I", argument & 0xFFFFFFFF))
        if target < 0 and name == "kill":
            is_ours = -target == self._child
        else:
            is_ours = target > 0 and os.getpgid(target) == self._child
        if not is_ours:
            raise OSError(errno.EPERM, "not one of ours")

    def _change_mode(self, number: int, pid: int, name: str, arguments: list[int]) -> None:
        """Change a file's mode for who asked, if it lies in the own folder."""
        with contextlib.ExitStack() as opened:

            def keep(fd: int) -> int:
                opened.callback(os.close, fd)
                return fd

            if name == "fchmod":
                mode = arguments[1]
                target = keep(os.open(f"/proc/{pid}/fd/{arguments[0] & 0x7FFFFFFF}", os.O_PATH))
            else:
                if name == "chmod":
                    arguments = [_AT_FDCWD, *arguments]
                first, address, mode = arguments[:3]
                where = "cwd" if first & 0xFFFFFFFF == _AT_FDCWD else f"fd/{first & 0x7FFFFFFF}"
                folder = keep(os.open(f"/proc/{pid}/{where}", os.O_PATH))
                memory = keep(os.open(f"/proc/{pid}/mem", os.O_RDONLY))
                path = os.pread(memory, _PATH_BYTES, address).partition(b"\0")[0]
                target = keep(os.open(path, os.O_PATH, dir_fd=folder))
            # Now it is still the process that asked whose memory and folders these were.
            fcntl.ioctl(self._listener, _IS_VALID, struct.pack("=Q", number))
            place = os.readlink(f"/proc/self/fd/{target}")
            if not f"{place}/".startswith(f"{self._folder}/"):
                raise OSError(errno.EPERM, "not in the own folder")
            os.chmod(f"/proc/self/fd/{target}", mode & 0o777)


def _descendants(pid: int) -> list[int]:
    found: list[int] = []
    waiting = [pid]
    while waiting:
        parent = waiting.pop()
        with contextlib.suppress(OSError):
            for thread in os.listdir(f"/proc/{parent}/task"):
                with open(f"/proc/{parent}/task/{thread}/children", encoding="ascii") as file:
                    waiting += [int(child) for child in file.read().split()]
        found.append(parent)
    return found[1:]


def _memory_of(pid: int) -> int:
    """Return what a process holds alone."""
    try:
        with open(f"/proc/{pid}/statm", encoding="ascii") as file:
            _, resident, shared, *_ = map(int, file.read().split())
    except OSError:
        return 0
    return (resident - shared) * 4096


def _uses_more(folder: str, size: int) -> bool:
    """Tell whether the files in a folder take up more than this, or are too many."""
    used = files = 0
    for parent, folders, names in os.walk(folder):
        for name in (*folders, *names):
            with contextlib.suppress(OSError):
                used += os.lstat(os.path.join(parent, name)).st_blocks * 512
        files += len(folders) + len(names)
        if used > size or files > _MAX_FILES:
            return True
    return False


if __name__ == "__main__":
    main()
