"""Isolation by Linux namespaces, made by ourselves: for machines without bubblewrap."""

from __future__ import annotations

import os
from pathlib import Path

from pytest_llmbench.grading.sandbox.home import Home
from pytest_llmbench.grading.sandbox.interface import Program, SandboxedProcess
from pytest_llmbench.grading.sandbox.launchers import Launcher
from pytest_llmbench.grading.sandbox.limits import limit_numbers
from pytest_llmbench.grading.sandbox.places import INSIDE, binds, inside, system_folders
from pytest_llmbench.grading.sandbox.process import Ending, SpawnedProcess
from pytest_llmbench.grading.sandbox.walled import (
    FORK_SERVER,
    WalledSandbox,
    environment,
    shown_folders,
)
from pytest_llmbench.grading.staging import SECCOMP_FILE

__all__ = ["NamespaceSandbox"]

_LAUNCHER = "namespace_launcher.pyc"
_WORKERS = f"{INSIDE}/workers"


class NamespaceSandbox(WalledSandbox):
    """Namespaces made by a launcher of ours, `workers/namespace_launcher.py`."""

    name = "namespaces"

    def __init__(self) -> None:
        super().__init__()
        self._start = Launcher(self._workers.path / _LAUNCHER)

    def _spawn(self, program: Program, home: Home) -> SandboxedProcess:
        order = self._start.write_order(self._order(program, home.uid))
        try:
            return SpawnedProcess(
                lambda fd, gate: self._start.command(order, fd, gate),
                cwd=Path("/"),
                env=self._start.environment,
                ending=Ending.NAMESPACE,
                home=home,
                extra_fds=[order],
            )
        finally:
            os.close(order)

    def _order(self, program: Program, uid: int) -> dict[str, object]:
        """Say what the launcher does; see there."""
        shown = shown_folders(program)
        is_server = program.worker == FORK_SERVER
        folders, links, files = system_folders()
        filters = self._workers.path / SECCOMP_FILE
        executable = inside(program.toolchain.executable, shown)
        return {
            "uid": uid,
            "keeps_privileges": is_server,
            "binds": [
                *((path, path) for path in (*folders, *files)),
                *binds(shown),
                (str(self._workers.path), _WORKERS),
            ],
            "writable": inside(program.writable, shown) if program.writable else "",
            "links": links,
            "tmp_bytes": program.tmp_bytes,
            "limits": limit_numbers(program),
            "filter": filters.read_bytes().hex() if self._has_filter else "",
            "environment": environment(program, shown),
            "command": [executable, *program.flags, f"{_WORKERS}/{program.worker}"],
        }

    def _version(self) -> str:
        return os.uname().release
