"""Throw-away database servers: a private folder, a socket in it, and a guardian.

A server gets an unprivileged user that nobody else is, no network and no file that is
worth reading. It is not trusted: it runs models' SQL. See `guardian.py` for how it ends.
"""

from __future__ import annotations

import contextlib
import glob
import itertools
import json
import os
import re
import select
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from signal import Signals

from pytest_llmbench.errors import ConfigError
from pytest_llmbench.grading.failures import HarnessError

__all__ = ["Cluster", "Plan", "find_programs", "installed_version"]

_GUARDIAN = Path(__file__).with_name("guardian.py")
_START_S = 60.0
_STOP_S = 20.0
_VERSION_S = 10.0
_PAUSE_S = 0.002
_FIRST_UID = 1_500_000_000
_UIDS = 8
_LONGEST_FOLDER = 60
"""A socket's address holds 107 bytes, and names follow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How to make and start a server; `{folder}` in a word is its folder."""

    prepare: Sequence[str]
    serve: Sequence[str]
    stop_signal: Signals
    """Ends it at once; it has nothing to save."""
    data_bytes: int
    """Private memory of each of its processes."""
    file_bytes: int
    """The largest file that it may write."""
    accounts: Sequence[str] = ("nobody",)
    """Users one of whom prepares, where we are root."""


class Cluster:
    """One server; `folder` is its folder once `start` returned."""

    _numbers = itertools.count()

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._lock = threading.Lock()
        self._is_closed = False
        self._guardian: subprocess.Popen[bytes] | None = None
        self._unread = b""
        self.folder = Path()

    def start(self) -> None:
        """Wait until the server's process runs; raise HarnessError where it cannot."""
        with self._lock:
            if self._is_closed:
                raise HarnessError("the judge was closed")
            self._guardian = _start_guardian(self._plan, next(self._numbers))
        try:
            self._await_server(time.monotonic() + _START_S)
        except BaseException:
            self.close()
            raise

    def _await_server(self, deadline: float) -> None:
        while "serving" not in (message := self._receive(deadline)):
            if "folder" not in message:
                raise HarnessError(f"the server did not start: {message.get('failed')}")
            self.folder = Path(str(message["folder"]))

    def _receive(self, deadline: float) -> dict[str, object]:
        assert self._guardian is not None
        assert self._guardian.stdout is not None
        descriptor = self._guardian.stdout.fileno()
        poller = select.poll()
        poller.register(descriptor, select.POLLIN)
        while b"\n" not in self._unread:
            left_ms = (deadline - time.monotonic()) * 1000
            if left_ms <= 0 or not poller.poll(left_ms):
                raise HarnessError(f"the server did not start within {_START_S:g} s")
            data = os.read(descriptor, 65536)
            if not data:
                raise HarnessError("the server did not start: its guardian died")
            self._unread += data
        line, _, self._unread = self._unread.partition(b"\n")
        message = json.loads(line)
        assert isinstance(message, dict)
        return message

    @property
    def is_running(self) -> bool:
        return self._guardian is not None and self._guardian.poll() is None

    def await_socket(self, name: str, deadline: float) -> None:
        """Wait until the server has made its socket: before that there is nobody to ask."""
        while not (self.folder / name).exists() and time.monotonic() < deadline:
            if not self.is_running:
                raise HarnessError(f"the server did not start: {self.last_words()}")
            time.sleep(_PAUSE_S)

    def last_words(self) -> str:
        """Return what the guardian said of a server that ended by itself."""
        try:
            return str(self._receive(time.monotonic() + _STOP_S).get("failed"))
        except (HarnessError, ValueError) as error:  # nothing was said, or it was closed
            return str(error)

    def close(self) -> None:
        """Stop the server and wait until it is gone with all that was its."""
        with self._lock:
            self._is_closed = True
            guardian = self._guardian
        if guardian is None or guardian.stdin is None or guardian.stdout is None:
            return
        with contextlib.suppress(OSError):
            guardian.stdin.close()
        # It is never killed: it would leave the folder. What it does takes seconds, and goes
        # on without us on a machine that is slower than that.
        with contextlib.suppress(subprocess.TimeoutExpired):
            guardian.wait(_STOP_S)
        guardian.stdout.close()


def _start_guardian(plan: Plan, number: int) -> subprocess.Popen[bytes]:
    is_root = os.geteuid() == 0
    settings = {
        "judge": os.getpid(),
        "base": str(_base()),
        "uid": _FIRST_UID + os.getpid() * _UIDS + number % _UIDS if is_root else None,
        "accounts": [*plan.accounts],
        "prepare": [*plan.prepare],
        "serve": [*plan.serve],
        "stop_signal": int(plan.stop_signal),
        "data_bytes": plan.data_bytes,
        "file_bytes": plan.file_bytes,
        "environment": {"PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "LANG": "C.UTF-8", "TZ": "UTC"},
    }
    return subprocess.Popen(
        [sys.executable, "-I", "-S", str(_GUARDIAN), json.dumps(settings)],
        cwd="/",
        env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )


def _base() -> Path:
    """Return a folder for temporary ones that every user can come through."""
    for name in (tempfile.gettempdir(), "/tmp", "/var/tmp"):  # noqa: S108
        base = Path(os.path.realpath(name))
        if len(str(base)) > _LONGEST_FOLDER or not os.access(base, os.W_OK):
            continue
        if all(folder.stat().st_mode & 1 for folder in (base, *base.parents)):
            return base
    raise ConfigError("no folder for temporary files that other users can enter; set TMPDIR")


def find_programs(names: Sequence[str], folders: Sequence[str] = ()) -> Path | None:
    """Return the folder that has all of these programs, the newest version's first."""
    found = [Path(folder) for pattern in folders for folder in glob.glob(pattern)]
    found.sort(key=lambda folder: [int(n) for n in re.findall(r"\d+", str(folder))], reverse=True)
    for folder in (*found, *map(Path, os.get_exec_path()), Path("/usr/sbin")):
        if all(os.access(folder / name, os.X_OK) for name in names):
            return folder
    return None


def installed_version(program: Path) -> str | None:
    """Return the version that a server's program prints."""
    try:
        done = subprocess.run(
            [program, "--version"],
            env={},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_VERSION_S,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    found = re.search(r"\d+\.\d+(\.\d+)?", done.stdout.decode("utf-8", "replace"))
    return found.group() if found else None
