"""Keep one throw-away database server, and let nothing of it outlive the judge.

Started as `python guardian.py PLAN` with a JSON plan; trusted, and a process of its own,
because the judge may be killed at any instant. It makes a folder, prepares and starts the
server there as an unprivileged user and without a network, and says where. When its standard
input ends or the judge is gone, it kills the server with all its descendants and removes
the folder. The server in turn dies with its guardian.

It needs the standard library only, and none of it after it has started.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import json
import os
import pwd
import resource
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NoReturn

_LOG = "log"
_LOG_SHOWN = 1500
_STOP_S = 3.0
_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36
_CLONE_NEWIPC, _CLONE_NEWUSER, _CLONE_NEWNET = 0x08000000, 0x10000000, 0x40000000
_SIOCGIFFLAGS, _SIOCSIFFLAGS, _IFF_UP = 0x8913, 0x8914, 1

_libc = ctypes.CDLL(None, use_errno=True)


def main() -> None:
    plan = json.loads(sys.argv[1])
    os.setsid()  # an interrupt of the terminal is for the judge
    judge = _watch_parent(plan["judge"])
    _libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    if _can_leave_the_network():
        _leave_the_network()
    folder = Path(tempfile.mkdtemp(prefix="llmbench-sql-", dir=plan["base"]))
    try:
        _say({"folder": str(folder)})
        server = _start(plan, folder, judge)
        _say({"serving": server.pid})
        _wait(judge, server)
        _stop(server, plan["stop_signal"])
    except Exception as error:
        with contextlib.suppress(OSError):
            _say({"failed": f"{error}\n{_log_tail(folder)}".strip()})
    finally:
        _kill_descendants()
        _remove(folder)


def _watch_parent(judge: int) -> int:
    """Return a descriptor that becomes readable when the judge's process ends."""
    try:
        descriptor = os.pidfd_open(judge)
    except OSError:
        _leave()
    if os.getppid() != judge:  # it ended before we could watch it
        _leave()
    return descriptor


def _leave() -> NoReturn:
    os._exit(1)


def _say(message: dict[str, Any]) -> None:
    os.write(1, json.dumps(message).encode() + b"\n")


def _can_leave_the_network() -> bool:
    """Try in a child: halfway, without a user id, there would be no way back."""
    child = os.fork()
    if child == 0:
        with contextlib.suppress(BaseException):
            _leave_the_network()
            os._exit(0)
        os._exit(1)
    return os.waitpid(child, 0)[1] == 0


def _leave_the_network() -> None:
    """Go where there is a loopback and nothing else; the judge comes by a file's name."""
    uid, gid = os.geteuid(), os.getegid()
    flags = _CLONE_NEWNET | _CLONE_NEWIPC | (_CLONE_NEWUSER if uid else 0)
    if _libc.unshare(flags):
        raise OSError(ctypes.get_errno(), "unshare")
    if uid:
        for name, text in (
            ("setgroups", "deny"),
            ("uid_map", f"{uid} {uid} 1"),
            ("gid_map", f"{gid} {gid} 1"),
        ):
            Path(f"/proc/self/{name}").write_text(text, "ascii")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        request = fcntl.ioctl(any_socket, _SIOCGIFFLAGS, struct.pack("16sh14x", b"lo", 0))
        (flags,) = struct.unpack_from("h", request, 16)
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", flags | _IFF_UP))


def _start(plan: dict[str, Any], folder: Path, judge: int) -> subprocess.Popen[bytes]:
    uid = plan["uid"]
    with (folder / _LOG).open("wb") as log:

        def run(words: list[str], user: int | None) -> subprocess.Popen[bytes]:
            _give(folder, user)
            return subprocess.Popen(
                [word.replace("{folder}", str(folder)) for word in words],
                cwd=folder,
                env=plan["environment"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=lambda: _restrict(plan),  # noqa: PLW1509 - no threads here
                **_identity(user),
            )

        preparation = run(plan["prepare"], None if uid is None else _account(plan["accounts"]))
        _wait(judge, preparation)
        if preparation.poll() != 0:  # it failed, or nobody waits for it any more
            raise ChildProcessError(f"{plan['prepare'][0]} ended with {preparation.returncode}")
        return run(plan["serve"], uid)


def _account(names: list[str]) -> int:
    """Return the first of these users: some programs insist on one with a name."""
    for name in names:
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name).pw_uid
    raise LookupError(f"there is no user {' or '.join(names)}")


def _identity(uid: int | None) -> dict[str, Any]:
    return {} if uid is None else {"user": uid, "group": uid, "extra_groups": []}


def _give(folder: Path, uid: int | None) -> None:
    if uid is None:
        return
    for path in (folder, *folder.rglob("*")):
        os.lchown(path, uid, uid)


def _restrict(plan: dict[str, Any]) -> None:
    # After the change of identity, which would clear it.
    _libc.prctl(_PR_SET_PDEATHSIG, plan["stop_signal"], 0, 0, 0)
    for kind, size in (
        (resource.RLIMIT_DATA, plan["data_bytes"]),
        (resource.RLIMIT_FSIZE, plan["file_bytes"]),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (size, size))


def _log_tail(folder: Path) -> str:
    try:
        # The folder is the server's: it may have put a link there.
        descriptor = os.open(folder / _LOG, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with open(descriptor, encoding="utf-8", errors="replace") as log:
            return log.read()[-_LOG_SHOWN:]
    except OSError:
        return ""


def _wait(judge: int, process: subprocess.Popen[bytes]) -> None:
    """Wait for the end of the judge, of its interest, or of a process."""
    ended = os.pidfd_open(process.pid)
    poller = select.poll()
    for descriptor in (0, judge, ended):
        poller.register(descriptor, select.POLLIN)
    poller.poll()
    os.close(ended)


def _stop(server: subprocess.Popen[bytes], number: int) -> None:
    if server.poll() is not None:
        raise ChildProcessError(f"the server ended with status {server.returncode}")
    server.send_signal(number)
    with contextlib.suppress(subprocess.TimeoutExpired):
        server.wait(_STOP_S)


def _kill_descendants() -> None:
    """Kill children until there are none: orphans of theirs become ours."""
    children = Path(f"/proc/self/task/{os.getpid()}/children")
    deadline = time.monotonic() + _STOP_S
    while time.monotonic() < deadline:
        try:
            pids = [int(pid) for pid in children.read_text("ascii").split()]
        except OSError:
            return
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        if not pids:
            return
        time.sleep(0.005)


def _remove(folder: Path) -> None:
    deadline = time.monotonic() + _STOP_S
    while folder.exists() and time.monotonic() < deadline:  # a last file may come late
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
