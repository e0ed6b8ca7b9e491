"""Start one program in namespaces of its own, with the system calls themselves.

Started outside of any sandbox, with an empty environment, as `python
namespace_launcher.pyc ORDER SOCKET GATE`, three descriptors: what to do as JSON, the
program's socket, and a gate that opens when this process is where its memory is counted.

This process waits outside. Its only child is the first process of the new PID
namespace, on a root file system of its own: the system's folders and those of the
order, read-only, and little else. The program is a child of that one.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import struct
import sys

sys.path.insert(0, sys.argv[0].rpartition("/")[0])
from pytest_llmbench.grading.system_calls import (
    CLONE_NEWCGROUP,
    CLONE_NEWIPC,
    CLONE_NEWNET,
    CLONE_NEWNS,
    CLONE_NEWPID,
    CLONE_NEWUSER,
    CLONE_NEWUTS,
    MS_BIND,
    MS_NODEV,
    MS_NOSUID,
    MS_PRIVATE,
    MS_REC,
    MS_REMOUNT,
    be_first_process,
    become_answer,
    bring_up_loopback,
    call,
    die_with_parent,
    drop_bounding_set,
    limit,
    mount,
    mount_folders,
    syscall,
    write_file,
)

TYPE_CHECKING = False  # importing it from typing costs more than this module
if TYPE_CHECKING:
    from typing import Any, NoReturn

_WORKER_FD = 3
_ROOT_BYTES = 1024 * 1024
_NEW_ROOT, _OLD_ROOT = "/tmp", "/.old"  # noqa: S108 - any folder will do
_DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
_DEVICE_LINKS = {"fd": "/proc/self/fd", "stdin": "fd/0", "stdout": "fd/1", "stderr": "fd/2",
                 "ptmx": "pts/ptmx"}  # fmt: skip
_MOUNT_SETATTR = 442
_AT_FDCWD, _AT_RECURSIVE = -100, 0x8000
_ATTR_READ_ONLY, _ATTR_NOSUID, _ATTR_NODEV = 1, 2, 4
_MNT_DETACH, _MS_RDONLY = 2, 1
_PR_CAPBSET_DROP, _LAST_CAP = 24, 63
_KEPT_CAPABILITIES = (6, 7, 8, 12, 21)
"""Of root's fork server: to drop to a user id, to make namespaces, to bring up loopback."""


def main() -> None:
    die_with_parent()
    order_fd, worker, gate = (int(word) for word in sys.argv[1:])
    with open(order_fd, encoding="utf-8") as file:
        order: dict[str, Any] = json.load(file)
    if not os.read(gate, 1):  # whoever started us is gone
        os._exit(0)
    os.close(gate)
    _forget_command_line()
    uid, gid = os.getuid(), os.getgid()
    call("unshare", (0 if order["uid"] else CLONE_NEWUSER) | _NAMESPACES)
    if not order["uid"]:
        _map_ids(uid, gid)
    first = os.fork()
    if first == 0:
        _build(order, worker)
    os.closerange(0, 256)
    code = os.waitstatus_to_exitcode(os.waitpid(first, 0)[1])
    os._exit(code if code >= 0 else 128 - code)


_NAMESPACES = (
    CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP
)


def _forget_command_line() -> None:
    """Overwrite it: the first process has the same, and anybody inside may read it."""
    with open("/proc/self/stat", encoding="utf-8", errors="replace") as file:
        fields = file.read().rpartition(")")[2].split()
    start, end = int(fields[45]), int(fields[46])
    if 0 < start < end:
        ctypes.memset(start, 0, end - start)


def _map_ids(uid: int, gid: int) -> None:
    for name, text in (("setgroups", "deny"), ("uid_map", f"0 {uid} 1"), ("gid_map", f"0 {gid} 1")):
        write_file(f"/proc/self/{name}", text)


def _build(order: dict[str, Any], worker: int) -> NoReturn:
    """Be the first process: build the walls, start the program, wait for it."""
    try:
        die_with_parent()
        os.setsid()
        os.dup2(worker, _WORKER_FD)
        os.closerange(_WORKER_FD + 1, 256)
        call("sethostname", b"sandbox", 7)
        _make_root(order)
        bring_up_loopback()
        os.umask(0o022)
        os.chdir("/tmp")  # noqa: S108 - the sandbox's own
        child = os.fork()
        if child == 0:
            _become(order)
        be_first_process(child, order["uid"])
    except BaseException as error:  # into the output, where the judge finds it
        os.write(2, f"no walls: {error}".encode())
    finally:
        os._exit(127)


def _make_root(order: dict[str, Any]) -> None:
    """Make a file system of what is shown, and make it the root."""
    mount(None, "/", None, MS_REC | MS_PRIVATE)
    mount("tmpfs", _NEW_ROOT, "tmpfs", MS_NOSUID | MS_NODEV, f"size={_ROOT_BYTES},mode=755")
    os.mkdir(_NEW_ROOT + _OLD_ROOT)
    os.umask(0o022)
    call("pivot_root", _NEW_ROOT.encode(), (_NEW_ROOT + _OLD_ROOT).encode())
    os.chdir("/")
    for folder in ("/proc", "/tmp", "/dev", "/dev/pts", "/dev/shm"):  # noqa: S108
        os.makedirs(folder)
    for source, target in order["binds"]:
        _bind(_OLD_ROOT + source, target)
        if target != order["writable"]:
            _make_read_only(target)
    for link, target in order["links"]:
        os.symlink(target, link)
    for name in _DEVICES:
        _bind(f"{_OLD_ROOT}/dev/{name}", f"/dev/{name}")
    for name, target in _DEVICE_LINKS.items():
        os.symlink(target, f"/dev/{name}")
    # While the old root is there: the kernel gives a /proc only to who sees one already.
    mount_folders(order["tmp_bytes"])
    call("umount2", _OLD_ROOT.encode(), _MNT_DETACH)
    os.rmdir(_OLD_ROOT)
    mount(None, "/", None, MS_REMOUNT | MS_BIND | _MS_RDONLY | MS_NOSUID | MS_NODEV)


def _bind(source: str, target: str) -> None:
    if os.path.isdir(source):
        os.makedirs(target, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(target), exist_ok=True)
        os.close(os.open(target, os.O_CREAT | os.O_WRONLY, 0o644))
    mount(source, target, None, MS_BIND | MS_REC)


def _make_read_only(target: str) -> None:
    """Close a mount to writers, with all that is mounted in it."""
    attributes = struct.pack("=4Q", _ATTR_READ_ONLY | _ATTR_NOSUID | _ATTR_NODEV, 0, 0, 0)
    path = target.encode()
    arguments = (_AT_FDCWD, path, _AT_RECURSIVE, attributes, len(attributes))
    syscall("mount_setattr", _MOUNT_SETATTR, *arguments)


def _become(order: dict[str, Any]) -> NoReturn:
    """Be the program."""
    try:
        if order["keeps_privileges"]:
            _keep_some_capabilities(order["uid"])
            limit(*order["limits"])
        else:
            drop_bounding_set()
            become_answer(order["uid"], order["limits"], bytes.fromhex(order["filter"]))
        os.set_inheritable(_WORKER_FD, True)
        command = [*order["command"], str(_WORKER_FD)]
        os.execve(command[0], command, order["environment"])  # noqa: S606
    except BaseException as error:
        os.write(2, f"{order['command'][0]} cannot be started: {error}".encode())
    finally:
        os._exit(127)


def _keep_some_capabilities(uid: int) -> None:
    """Give up what a fork server has no use for; in a user namespace nothing is worth it."""
    if uid:
        with contextlib.suppress(OSError):  # one more than the kernel has
            for capability in range(_LAST_CAP + 1):
                if capability not in _KEPT_CAPABILITIES:
                    call("prctl", _PR_CAPBSET_DROP, capability, 0, 0, 0)


if __name__ == "__main__":
    main()
