"""Isolation by Landlock and a filter of system calls, where namespaces are forbidden.

A weaker tier, and it says so: an answer sees that it is on this machine, and which files
there are, though it reads none; all answers of a normal user share that user's count of
processes; what temporary files take up is looked at ten times a second.
"""

from __future__ import annotations

import os
import shutil
import struct
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from pytest_llmbench.errors import SandboxUnavailableError
from pytest_llmbench.grading.sandbox.home import Home, Homes
from pytest_llmbench.grading.sandbox.interface import Program, SandboxedProcess
from pytest_llmbench.grading.sandbox.launchers import Launcher
from pytest_llmbench.grading.sandbox.limits import SEARCH_PATH, limit_numbers
from pytest_llmbench.grading.sandbox.places import system_folders
from pytest_llmbench.grading.sandbox.process import Ending, SpawnedProcess
from pytest_llmbench.grading.seccomp import filter_program
from pytest_llmbench.grading.staging import StagedWorkers

__all__ = ["LandlockSandbox"]

_LAUNCHER = "landlock_launcher.pyc"
_LEDGER = struct.Struct("=qq")
_OWN_BYTES = 32 * 1024 * 1024
_NEWEST = 1 << 16


class LandlockSandbox:
    """Programs that can read the toolchain, write in a folder of their own, and no more."""

    name = "landlock"
    tier = "landlock+seccomp"
    is_isolating = True

    def __init__(self, newest: int = _NEWEST, *, drops_root: bool = True) -> None:
        """Use at most a certain version of Landlock; root may keep its user, for trusted code."""
        self.drops_root = drops_root and os.geteuid() == 0
        if filter_program() is None:
            raise SandboxUnavailableError(f"no filter of system calls for {os.uname().machine}")
        self._newest = newest
        self._workers = StagedWorkers()
        self._start = Launcher(self._workers.path / _LAUNCHER)
        self._homes = Homes(None, has_uids=self.drops_root)
        # As for bubblewrap: the death of the thread that started a process counts.
        self._launcher = ThreadPoolExecutor(1, thread_name_prefix="llmbench-launcher")

    def start(self, program: Program) -> SandboxedProcess:
        if self.drops_root:
            for folder in (*program.toolchain.folders, *program.folders):
                _check_reachable(folder)
        home = self._homes.take(program.memory_bytes, program.processes)
        try:
            launch = self._launcher.submit(self._spawn, program, home)
        except RuntimeError:
            home.leave()
            raise OSError("the sandbox was closed") from None
        return launch.result()

    def _spawn(self, program: Program, home: Home) -> SandboxedProcess:
        folder = Path(tempfile.mkdtemp(prefix="llmbench-")).resolve()
        home.own(folder)
        home.own(program.writable)
        ledger = os.memfd_create("ledger")
        os.ftruncate(ledger, _LEDGER.size)
        watched = _WatchedHome(home, ledger, lambda: _remove(folder))
        watched.limit_memory(program.memory_bytes)
        order = self._start.write_order(self._order(program, home.uid, folder))
        try:
            return SpawnedProcess(
                lambda fd, _: self._start.command(order, fd, ledger),
                cwd=Path("/"),
                env=self._start.environment,
                ending=Ending.SUPERVISED,
                home=watched,
                extra_fds=[order, ledger],
            )
        finally:
            os.close(order)

    def _order(self, program: Program, uid: int, folder: Path) -> dict[str, object]:
        """Say what the launcher does; see there."""
        folders, _, files = system_folders()
        toolchain = program.toolchain
        variables = {
            "PATH": SEARCH_PATH,
            "HOME": str(folder),
            "TMPDIR": str(folder),
            "LANG": "C.UTF-8",
        }
        if toolchain.library_path:
            variables["LD_LIBRARY_PATH"] = str(toolchain.library_path)
        shown = (*toolchain.folders, *program.folders, self._workers.path)
        return {
            "uid": uid,
            "landlock": self._newest,
            "readable": [*folders, *files, *map(str, shown)],
            "folder": str(folder),
            "writable": [str(program.writable)] if program.writable else [],
            "tmp_bytes": program.tmp_bytes,
            "limits": limit_numbers(program),
            "environment": variables,
            "command": [
                *(str(toolchain.executable), *program.flags),
                f"{self._workers.path}/{program.worker}",
            ],
        }

    def place(self, path: Path, folders: tuple[Path, ...]) -> str:  # noqa: ARG002
        return str(path)

    def describe(self) -> dict[str, object]:
        return {
            "name": self.name,
            "tier": self.tier,
            "isolating": True,
            "identity": "dropped from root" if self.drops_root else "the user's own",
            "kernel": os.uname().release,
            "fork_server": False,
            "cgroups": None,
            "enforced": [
                "no network",
                "no reading of host files",
                "no signals to host processes",
                "wall time",
                "cpu time of a process",
                "memory of a process",
                "memory of all processes of an answer together, looked at every 0.1 s",
                "temporary files, looked at every 0.1 s",
                "output",
                "file size",
                "open files",
            ],
            "system_calls_filtered": True,
            "not_enforced": [
                "names and sizes of host files can be seen",
                "the name of the host can be seen",
                *([] if self.drops_root else ["processes, exactly"]),
            ],
        }

    def close(self) -> None:
        self._launcher.shutdown(wait=False)
        self._workers.close()


class _WatchedHome(Home):
    """A home whose memory is watched by the launcher, over two numbers that both share."""

    def __init__(self, home: Home, ledger: int, leave: Callable[[], None]) -> None:
        super().__init__(home.uid)
        self._home = home
        self._ledger = ledger
        self._after = leave
        self._was_exceeded = False

    @property
    def was_out_of_memory(self) -> bool:
        if self._ledger >= 0:
            self._was_exceeded = bool(_LEDGER.unpack(os.pread(self._ledger, _LEDGER.size, 0))[1])
        return self._was_exceeded

    def limit_memory(self, memory_bytes: int) -> None:
        os.pwrite(self._ledger, struct.pack("=q", memory_bytes + _OWN_BYTES), 0)

    def leave(self) -> None:
        _ = self.was_out_of_memory  # may be asked later
        os.close(self._ledger)
        self._ledger = -1
        self._after()
        self._home.leave()


def _check_reachable(path: Path) -> None:
    """Raise OSError where other users than root cannot pass: here nothing is mounted for them."""
    closed = [parent for parent in (path, *path.parents) if not parent.stat().st_mode & 0o001]
    if closed:
        raise OSError(
            f"answers do not run as root, and {closed[-1]} is closed to other users: run pytest "
            f"as a normal user, or install what is in {path} where all can reach it"
        )


def _remove(folder: Path) -> None:
    """Remove a folder, whatever modes its owner has given to what is in it."""

    def open_up(_: object, path: str, __: object) -> None:
        parent = os.path.dirname(path)
        for closed in (parent, path):
            if not os.path.islink(closed):
                os.chmod(closed, 0o700)
        (os.unlink if os.path.islink(path) or not os.path.isdir(path) else shutil.rmtree)(path)

    try:
        shutil.rmtree(folder, onerror=open_up)
    except OSError:
        shutil.rmtree(folder, ignore_errors=True)
