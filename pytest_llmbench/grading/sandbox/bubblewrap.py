"""Isolation by Linux namespaces, through bubblewrap.

Two ways, chosen by who we are, because bubblewrap's usual way is not a boundary
for root: what it starts keeps the host's user 0, who may write `/proc/sys`.

* A normal user: a user namespace of its own, where limits on processes count per
  sandbox.
* Root: no user namespace; `setpriv` inside drops to a high user id that no other
  sandbox has, so that the kernel's count of processes per user is per sandbox.

The first process inside is bubblewrap's own in both. It holds the parent-death
signal that an answer could otherwise switch off, and it is started with an empty
environment, because `/proc/1/environ` shows whatever it was started with.
"""

from __future__ import annotations

import functools
import itertools
import os
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from pytest_llmbench.errors import SandboxUnavailableError
from pytest_llmbench.grading.sandbox.fork_server import ForkServer
from pytest_llmbench.grading.sandbox.interface import Program, SandboxedProcess
from pytest_llmbench.grading.sandbox.limits import (
    SEARCH_PATH,
    prlimit_arguments,
    worker_arguments,
)
from pytest_llmbench.grading.sandbox.places import INSIDE, binds, inside
from pytest_llmbench.grading.sandbox.process import SpawnedProcess
from pytest_llmbench.grading.staging import SECCOMP_FILE, StagedWorkers

__all__ = ["FORK_SERVER", "BubblewrapSandbox"]

FORK_SERVER = "fork_server.pyc"

_TOOLS = {
    "bwrap": "apt install bubblewrap",
    "prlimit": "apt install util-linux",
    "setpriv": "apt install util-linux",
}
_SYSTEM_FOLDERS = ("/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
_WORKERS = f"{INSIDE}/workers"
_SHM_BYTES = 16 * 1024 * 1024
_FIRST_UID = 1_000_000_000
_SLOTS = 64
_NAMESPACES = ("--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts")
_PROBE_S = 10.0
_SERVER_BYTES = 1 << 44
_LARGEST_FILE = 1 << 32
_SERVER_PROCESSES = 4096
"""Limits of a fork server: above any that its workers may be given."""


class BubblewrapSandbox:
    """Starts programs with no network, no host files, no capabilities, no root."""

    name = "bubblewrap"
    is_isolating = True

    def __init__(self) -> None:
        self._drops_root = os.geteuid() == 0
        self._bwrap = _tool("bwrap")
        self._prlimit = _tool("prlimit")
        self._setpriv = _tool("setpriv") if self._drops_root else ""
        self._slots = _UidSlots()
        self._workers = StagedWorkers()
        # A parent-death signal comes when the *thread* that started a process ends
        # (prctl(2)), so one thread that lives as long as the sandbox starts them all.
        self._launcher = ThreadPoolExecutor(1, thread_name_prefix="llmbench-launcher")
        self._can_fork = True
        self._fork_servers: dict[tuple[Path, ...], ForkServer] = {}

    def try_forking(self, prove: Callable[[], None]) -> None:
        """Use fork servers from now on only if what they fork is proven to be isolated."""
        try:
            prove()
        except SandboxUnavailableError:
            self._can_fork = False

    def start(self, program: Program) -> SandboxedProcess:
        if program.fork_server is not None and self._can_fork:
            uid, free = self._slots.take() if self._drops_root else (0, _nothing)
            return self._fork_server(program).fork(program, uid, free)
        return self._launch(program)

    def _fork_server(self, program: Program) -> ForkServer:
        # setdefault is atomic; a server starts with its first fork.
        server = ForkServer(lambda: self._launch(_server_program(program)))
        return self._fork_servers.setdefault(_shown(program), server)

    def _launch(self, program: Program) -> SandboxedProcess:
        try:
            launch = self._launcher.submit(self._start, program)
        except RuntimeError:
            raise OSError("the sandbox was closed") from None
        return launch.result()

    def _start(self, program: Program) -> SandboxedProcess:
        uid, free = self._slots.take() if self._drops_root else (0, _nothing)
        if program.writable is not None and self._drops_root:
            os.chown(program.writable, uid, uid)
        # Opened anew each time: bubblewrap reads it from where the descriptor stands.
        filters = self._open_filter() if program.worker != FORK_SERVER else []
        try:
            return SpawnedProcess(
                lambda fd: self._command(program, uid, fd, filters),
                cwd=Path("/"),
                env={},
                has_own_namespace=True,
                extra_fds=filters,
                on_close=free,
            )
        finally:
            for fd in filters:
                os.close(fd)

    def _open_filter(self) -> list[int]:
        path = self._workers.path / SECCOMP_FILE
        return [os.open(path, os.O_RDONLY | os.O_CLOEXEC)] if path.exists() else []

    def _command(self, program: Program, uid: int, fd: int, filters: Sequence[int]) -> list[str]:
        shown = _shown(program)
        executable = inside(program.toolchain.executable, shown)
        environment = {
            "PATH": SEARCH_PATH,
            "HOME": "/tmp",  # noqa: S108 - the sandbox's own
            "TMPDIR": "/tmp",  # noqa: S108
            "LANG": "C.UTF-8",
        }
        if program.toolchain.library_path:
            environment["LD_LIBRARY_PATH"] = inside(program.toolchain.library_path, shown)
        setenv = [word for name, value in environment.items() for word in ("--setenv", name, value)]
        return [
            self._bwrap,
            *self._identity(keeps_privileges=program.worker == FORK_SERVER),
            *_file_system(program.tmp_bytes),
            *_binds(shown, program.writable),
            *("--ro-bind", str(self._workers.path), _WORKERS),
            *("--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/tmp"),  # noqa: S108
            *setenv,
            *(word for filter_fd in filters for word in ("--seccomp", str(filter_fd))),
            *(self._drop(uid) if program.worker != FORK_SERVER else ()),
            self._prlimit,
            *prlimit_arguments(program, counts_processes=True),
            *worker_arguments(program, executable, _WORKERS, fd),
        ]

    def _identity(self, *, keeps_privileges: bool) -> list[str]:
        """Return the namespaces and capabilities of what is started.

        A fork server keeps what it takes to make namespaces, and no file of the host
        with it: its workers give up the rest.
        """
        common = [*_NAMESPACES, "--unshare-cgroup-try", "--die-with-parent", "--new-session"]
        if not self._drops_root:
            if keeps_privileges:  # of a user namespace that owns nothing else
                return [*common, "--unshare-user", "--uid", "0", "--gid", "0", "--cap-add", "ALL"]
            user = ["--unshare-user", "--disable-userns", "--uid", "65534", "--gid", "65534"]
            return [*common, *user, "--cap-drop", "ALL"]
        # What it takes to drop to the uid and to empty the bounding set.
        names = ["SETUID", "SETGID", "SETPCAP"]
        if keeps_privileges:
            names += ["SYS_ADMIN", "NET_ADMIN"]
        keep = [f"CAP_{name}" for name in names]
        return [*common, "--cap-drop", "ALL", *(w for cap in keep for w in ("--cap-add", cap))]

    def _drop(self, uid: int) -> list[str]:
        if not self._drops_root:
            return []
        identity = ["--reuid", str(uid), "--regid", str(uid), "--clear-groups"]
        return [
            self._setpriv,
            *identity,
            "--no-new-privs",
            "--bounding-set=-all",
            "--inh-caps=-all",
        ]

    def describe(self) -> dict[str, object]:
        return {
            "name": self.name,
            "isolating": True,
            "version": _version(self._bwrap),
            "identity": "dropped from root" if self._drops_root else "user namespace",
            "kernel": os.uname().release,
            "fork_server": self._can_fork,
            "enforced": [
                "no network",
                "no host files",
                "no host processes",
                "wall time",
                "cpu time of a process",
                "memory of a process",
                "processes",
                "output",
                "file size",
                "open files",
                "temporary files",
            ],
            "system_calls_filtered": (self._workers.path / SECCOMP_FILE).exists(),
            "not_enforced": ["memory of all processes of an answer together"],
        }

    def place(self, path: Path, folders: tuple[Path, ...]) -> str:
        return inside(path, folders)

    def close(self) -> None:
        for server in self._fork_servers.values():
            server.close()
        self._launcher.shutdown(wait=False)
        self._workers.close()


def _server_program(program: Program) -> Program:
    """Return the fork server of a program; the limits of its workers are theirs."""
    return replace(
        program,
        worker=program.fork_server or "",
        memory_bytes=_SERVER_BYTES,
        limits_address_space=True,
        output_bytes=_LARGEST_FILE,
        processes=_SERVER_PROCESSES,
        cpu_s=None,
        fork_server=None,
    )


class _UidSlots:
    """User ids that no live sandbox of this process or of another one has."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._base = _FIRST_UID + os.getpid() * _SLOTS
        self._free = list(range(_SLOTS))
        self._beyond = itertools.count(_FIRST_UID + (1 << 22) * _SLOTS)

    def take(self) -> tuple[int, Callable[[], None]]:
        with self._lock:
            if not self._free:
                return next(self._beyond), _nothing
            slot = self._free.pop()
        return self._base + slot, lambda: self._give_back(slot)

    def _give_back(self, slot: int) -> None:
        with self._lock:
            self._free.append(slot)


def _nothing() -> None:
    pass


def _tool(name: str) -> str:
    path = shutil.which(name, path=f"{SEARCH_PATH}:/usr/sbin:/sbin")
    if path is None:
        raise SandboxUnavailableError(
            f"no isolation: {name} is not installed ({_TOOLS[name]}, or opt out of isolation "
            "with --llm-sandbox=none)"
        )
    return path


@functools.cache
def _version(bwrap: str) -> str:
    done = subprocess.run(
        [bwrap, "--version"],
        env={},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=_PROBE_S,
        check=False,
    )
    return done.stdout.decode("utf-8", "replace").strip().split()[-1]


def _shown(program: Program) -> tuple[Path, ...]:
    return (*program.toolchain.folders, *program.folders)


def _binds(shown: Sequence[Path], writable: Path | None) -> Iterator[str]:
    for source, target in binds(shown):
        yield from ("--bind" if source == str(writable) else "--ro-bind", source, target)


@functools.cache
def _file_system(tmp_bytes: int) -> tuple[str, ...]:
    """Show `/usr` and what links into it, and empty private folders."""
    arguments = ["--ro-bind", "/usr", "/usr"]
    for folder in _SYSTEM_FOLDERS:
        if os.path.islink(folder):
            arguments += ["--symlink", os.readlink(folder), folder]
        elif os.path.isdir(folder):
            arguments += ["--ro-bind", folder, folder]
    arguments += ["--perms", "0755", "--dir", "/etc"]
    for file in ("/etc/ld.so.cache", "/etc/alternatives"):
        arguments += ["--ro-bind-try", file, file]
    arguments += ["--proc", "/proc", "--dev", "/dev"]
    arguments += ["--perms", "1777", "--size", str(_SHM_BYTES), "--tmpfs", "/dev/shm"]  # noqa: S108
    arguments += ["--perms", "1777", "--size", str(tmp_bytes), "--tmpfs", "/tmp"]  # noqa: S108
    # Parents that bubblewrap makes by itself are closed to other users.
    for folder in ("/opt", INSIDE):
        arguments += ["--perms", "0755", "--dir", folder]
    return tuple(arguments)
