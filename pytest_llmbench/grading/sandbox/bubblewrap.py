"""Isolation by Linux namespaces, made by bubblewrap."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

from pytest_llmbench.errors import SandboxUnavailableError
from pytest_llmbench.grading.sandbox.home import Home
from pytest_llmbench.grading.sandbox.interface import Program, SandboxedProcess
from pytest_llmbench.grading.sandbox.limits import (
    SEARCH_PATH,
    prlimit_arguments,
    worker_arguments,
)
from pytest_llmbench.grading.sandbox.places import INSIDE, binds, inside, system_folders
from pytest_llmbench.grading.sandbox.process import Ending, SpawnedProcess
from pytest_llmbench.grading.sandbox.walled import (
    FORK_SERVER,
    WalledSandbox,
    environment,
    shown_folders,
)
from pytest_llmbench.grading.staging import SECCOMP_FILE

__all__ = ["BubblewrapSandbox"]

_TOOLS = {
    "bwrap": "apt install bubblewrap",
    "prlimit": "apt install util-linux",
    "setpriv": "apt install util-linux",
}
_WORKERS = f"{INSIDE}/workers"
_SHM_BYTES = 16 * 1024 * 1024
_NAMESPACES = ("--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts")
_PROBE_S = 10.0


class BubblewrapSandbox(WalledSandbox):
    """Namespaces made by `bwrap`; root is dropped inside by `setpriv`."""

    name = "bubblewrap"

    def __init__(self) -> None:
        self._bwrap = _tool("bwrap")
        self._prlimit = _tool("prlimit")
        self._setpriv = _tool("setpriv") if os.geteuid() == 0 else ""
        super().__init__()

    def _spawn(self, program: Program, home: Home) -> SandboxedProcess:
        # Opened anew each time: bubblewrap reads it from where the descriptor stands.
        filters = self._open_filter() if program.worker != FORK_SERVER else []
        arguments = os.memfd_create("arguments")
        _write_words(arguments, self._walls(program, filters))
        try:
            return SpawnedProcess(
                lambda fd, gate: self._command(program, home.uid, fd, gate, arguments),
                cwd=Path("/"),
                env={},
                ending=Ending.NAMESPACE,
                home=home,
                extra_fds=[arguments, *filters],
            )
        finally:
            for fd in (arguments, *filters):
                os.close(fd)

    def _open_filter(self) -> list[int]:
        path = self._workers.path / SECCOMP_FILE
        return [os.open(path, os.O_RDONLY | os.O_CLOEXEC)] if path.exists() else []

    def _walls(self, program: Program, filters: Sequence[int]) -> list[str]:
        """Return what makes the walls.

        Not part of the command line, which anybody inside can read from the first
        process: it names folders of the host.
        """
        shown = shown_folders(program)
        variables = environment(program, shown)
        return [
            *self._identity(keeps_privileges=program.worker == FORK_SERVER),
            *_file_system(program.tmp_bytes),
            *_binds(shown, program.writable),
            *("--ro-bind", str(self._workers.path), _WORKERS),
            *("--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/tmp"),  # noqa: S108
            *(word for item in variables.items() for word in ("--setenv", *item)),
            *(word for filter_fd in filters for word in ("--seccomp", str(filter_fd))),
        ]

    def _command(self, program: Program, uid: int, fd: int, gate: int, arguments: int) -> list[str]:
        executable = inside(program.toolchain.executable, shown_folders(program))
        return [
            *(self._bwrap, "--args", str(arguments), "--block-fd", str(gate)),
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
        common += ["--hostname", "sandbox"]
        if not self.drops_root:
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
        if not self.drops_root:
            return []
        identity = ["--reuid", str(uid), "--regid", str(uid), "--clear-groups"]
        return [
            self._setpriv,
            *identity,
            "--no-new-privs",
            "--bounding-set=-all",
            "--inh-caps=-all",
        ]

    def _version(self) -> str:
        return _version(self._bwrap)


def _write_words(fd: int, words: Sequence[str]) -> None:
    os.write(fd, b"".join(os.fsencode(word) + b"\0" for word in words))
    os.lseek(fd, 0, os.SEEK_SET)


def _tool(name: str) -> str:
    path = shutil.which(name, path=f"{SEARCH_PATH}:/usr/sbin:/sbin")
    if path is None:
        raise SandboxUnavailableError(f"{name} is not installed ({_TOOLS[name]})")
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


@functools.cache
def _file_system(tmp_bytes: int) -> tuple[str, ...]:
    """Show `/usr` and what links into it, and empty private folders."""
    folders, links, files = system_folders()
    arguments = [word for folder in folders for word in ("--ro-bind", folder, folder)]
    arguments += [word for link, target in links for word in ("--symlink", target, link)]
    arguments += ["--perms", "0755", "--dir", "/etc"]
    arguments += [word for file in files for word in ("--ro-bind", file, file)]
    arguments += ["--proc", "/proc", "--dev", "/dev"]
    arguments += ["--perms", "1777", "--size", str(_SHM_BYTES), "--tmpfs", "/dev/shm"]  # noqa: S108
    arguments += ["--perms", "1777", "--size", str(tmp_bytes), "--tmpfs", "/tmp"]  # noqa: S108
    # Parents that bubblewrap makes by itself are closed to other users.
    for folder in ("/opt", INSIDE):
        arguments += ["--perms", "0755", "--dir", folder]
    return tuple(arguments)


def _binds(shown: Sequence[Path], writable: Path | None) -> Iterator[str]:
    for source, target in binds(shown):
        yield from ("--bind" if source == str(writable) else "--ro-bind", source, target)
