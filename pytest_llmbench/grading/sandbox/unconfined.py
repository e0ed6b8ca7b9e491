"""No isolation at all, by explicit choice: limits and a clean environment only."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from pytest_llmbench.grading.sandbox.home import Home
from pytest_llmbench.grading.sandbox.interface import Program, SandboxedProcess
from pytest_llmbench.grading.sandbox.limits import (
    SEARCH_PATH,
    prlimit_arguments,
    worker_arguments,
)
from pytest_llmbench.grading.sandbox.process import Ending, SpawnedProcess
from pytest_llmbench.grading.staging import StagedWorkers

__all__ = ["UnconfinedSandbox"]


class UnconfinedSandbox:
    """Starts programs as ordinary children of this process.

    They see the user's files and the network. What is kept: resource limits
    (where `prlimit` is installed), a session and a folder of their own, an
    environment without the user's variables, and an end of the process group.
    """

    name = "none"
    tier = "none"
    is_isolating = False

    def __init__(self) -> None:
        self._prlimit = shutil.which("prlimit")
        self._workers = StagedWorkers()

    def start(self, program: Program) -> SandboxedProcess:
        folder = tempfile.mkdtemp(prefix="llmbench-")
        environment = {"PATH": SEARCH_PATH, "HOME": folder, "TMPDIR": folder, "LANG": "C.UTF-8"}
        return SpawnedProcess(
            lambda fd, _: self._command(program, fd),
            cwd=Path(folder),
            env=environment,
            ending=Ending.GROUP,
            home=Home(),
            on_close=lambda: shutil.rmtree(folder, ignore_errors=True),
        )

    def _command(self, program: Program, fd: int) -> list[str]:
        executable = str(program.toolchain.executable)
        worker = worker_arguments(program, executable, str(self._workers.path), fd)
        if self._prlimit is None:
            return worker
        # RLIMIT_NPROC counts all processes of the user, ours and the desktop's too.
        return [self._prlimit, *prlimit_arguments(program, counts_processes=False), *worker]

    def place(self, path: Path, folders: tuple[Path, ...]) -> str:  # noqa: ARG002
        return str(path)

    def describe(self) -> dict[str, object]:
        limits = ["memory of a process", "cpu time of a process", "output", "open files"]
        return {
            "name": self.name,
            "tier": self.tier,
            "isolating": False,
            "enforced": ["wall time", *(limits if self._prlimit else [])],
            "not_enforced": ["network", "files", "processes", "survivors of a new session"],
        }

    def close(self) -> None:
        self._workers.close()
