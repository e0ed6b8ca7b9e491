"""What the backends made of namespaces share, whoever makes the namespaces.

Two ways, chosen by who we are, because a user namespace is not a boundary for root:
what runs in it keeps the host's user 0, who may write `/proc/sys`.

* A normal user: a user namespace of its own, where limits on processes count per
  sandbox.
* Root: no user namespace; answers run as a high user id that no other sandbox has, so
  that the kernel's count of processes per user is per sandbox.

The first process inside is ours in both. It holds the parent-death signal that an
answer could otherwise switch off, and it is started with an empty environment, because
`/proc/1/environ` shows whatever it was started with.
"""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from pytest_llmbench.grading.sandbox.cgroups import (
    Cgroups,
    CgroupsUnavailableError,
    find_cgroups,
)
from pytest_llmbench.grading.sandbox.fork_server import ForkServer
from pytest_llmbench.grading.sandbox.home import Home, Homes
from pytest_llmbench.grading.sandbox.interface import Program, SandboxedProcess
from pytest_llmbench.grading.sandbox.limits import SEARCH_PATH
from pytest_llmbench.grading.sandbox.places import inside
from pytest_llmbench.grading.staging import SECCOMP_FILE, StagedWorkers

__all__ = ["FORK_SERVER", "WalledSandbox", "environment", "shown_folders"]

FORK_SERVER = "fork_server.pyc"
FORK_SERVER_VARIABLES = {"LD_BIND_NOW": "1"}
"""Symbols are looked up once, and not after each fork."""
_SERVER_BYTES = 1 << 44
_LARGEST_FILE = 1 << 32
_SERVER_PROCESSES = 4096
"""Limits of a fork server: above any that its workers may be given."""


class WalledSandbox(ABC):
    """Starts programs with no network, no host files, no capabilities, no root."""

    name: str
    is_isolating = True

    def __init__(self) -> None:
        self.drops_root = os.geteuid() == 0
        self.can_fork = True
        self._workers = StagedWorkers()
        # A parent-death signal comes when the *thread* that started a process ends
        # (prctl(2)), so one thread that lives as long as the sandbox starts them all.
        self._launcher = ThreadPoolExecutor(1, thread_name_prefix="llmbench-launcher")
        self._fork_servers: dict[tuple[Path, ...], ForkServer] = {}
        self._cgroups: Cgroups | None = None
        self._why_no_cgroups = ""
        try:
            self._cgroups = find_cgroups()
        except CgroupsUnavailableError as error:
            self._why_no_cgroups = str(error)
        self._homes = Homes(self._cgroups, has_uids=self.drops_root)

    @property
    def counts_together(self) -> bool:
        """Whether the memory of all processes of an answer together is bounded."""
        return self._cgroups is not None

    def do_without_cgroups(self, why: str) -> None:
        """Use weaker limits from now on; nothing may be running."""
        if self._cgroups is not None:
            self._cgroups.close()
        self._cgroups = None
        self._why_no_cgroups = why
        self._homes = Homes(None, has_uids=self.drops_root)

    def start(self, program: Program) -> SandboxedProcess:
        is_server = program.worker == FORK_SERVER
        home = self._homes.take(program.memory_bytes, program.processes, is_counted=not is_server)
        if program.fork_server is not None and self.can_fork:
            return self._fork_server(program).fork(program, home)
        home.own(program.writable)
        return self._launch(program, home)

    def _fork_server(self, program: Program) -> ForkServer:
        # setdefault is atomic; a server starts with its first fork.
        server = ForkServer(lambda: self.start(_server_program(program)))
        return self._fork_servers.setdefault(shown_folders(program), server)

    def _launch(self, program: Program, home: Home) -> SandboxedProcess:
        try:
            launch = self._launcher.submit(self._spawn, program, home)
        except RuntimeError:
            home.leave()
            raise OSError("the sandbox was closed") from None
        return launch.result()

    @abstractmethod
    def _spawn(self, program: Program, home: Home) -> SandboxedProcess:
        """Start a program by a command, in the launcher's thread."""

    @abstractmethod
    def _version(self) -> str: ...

    @property
    def _has_filter(self) -> bool:
        return (self._workers.path / SECCOMP_FILE).exists()

    @property
    def tier(self) -> str:
        parts = {
            "namespaces": True,
            "seccomp": self._has_filter,
            "cgroups": self._cgroups is not None,
        }
        return "+".join(part for part, is_there in parts.items() if is_there)

    def describe(self) -> dict[str, object]:
        together = ["memory of all processes of an answer together"]
        return {
            "name": self.name,
            "tier": self.tier,
            "isolating": True,
            "version": self._version(),
            "identity": "dropped from root" if self.drops_root else "user namespace",
            "kernel": os.uname().release,
            "fork_server": self.can_fork,
            "cgroups": f"version {self._cgroups.version}" if self._cgroups else None,
            "enforced": [
                "no network",
                "no host files",
                "no host processes",
                "wall time",
                "cpu time of a process",
                "memory of a process",
                *(together if self._cgroups else []),
                "processes",
                "output",
                "file size",
                "open files",
                "temporary files",
            ],
            "system_calls_filtered": self._has_filter,
            "not_enforced": [] if self._cgroups else [f"{together[0]} ({self._why_no_cgroups})"],
        }

    def place(self, path: Path, folders: tuple[Path, ...]) -> str:
        return inside(path, folders)

    def close(self) -> None:
        for server in self._fork_servers.values():
            server.close()
        self._launcher.shutdown(wait=False)
        if self._cgroups is not None:
            self._cgroups.close()
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


def shown_folders(program: Program) -> tuple[Path, ...]:
    """Return what is shown of the host beside the system's folders."""
    return (*program.toolchain.folders, *program.folders)


def environment(program: Program, shown: tuple[Path, ...]) -> dict[str, str]:
    """Return all variables that a program is given."""
    variables = {
        "PATH": SEARCH_PATH,
        "HOME": "/tmp",  # noqa: S108 - the sandbox's own
        "TMPDIR": "/tmp",  # noqa: S108
        "LANG": "C.UTF-8",
    }
    if program.toolchain.library_path:
        variables["LD_LIBRARY_PATH"] = inside(program.toolchain.library_path, shown)
    if program.worker == FORK_SERVER:
        variables |= FORK_SERVER_VARIABLES
    return variables
