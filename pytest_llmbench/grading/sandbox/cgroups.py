"""Control groups: what bounds the memory of all processes of an answer together.

A group for this sandbox, and in it one slot for each answer that runs at a time, used
again by the next. Processes are put into a slot from outside, before they are given an
answer; whatever they start is born there.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import re
import signal
import subprocess
import threading
import time
import weakref
from collections import deque
from collections.abc import Iterable
from pathlib import Path

from pytest_llmbench.errors import LLMBenchError
from pytest_llmbench.grading.sandbox.cgroup_places import Place, places
from pytest_llmbench.grading.sandbox.limits import SEARCH_PATH

__all__ = ["Cgroups", "CgroupsUnavailableError", "Slot", "find_cgroups"]

_NAME = re.compile(r"llmbench-(\d+)-(\d+)-(\d+)-\d+")
_OWN_BYTES = 32 * 1024 * 1024
"""What the worker and the namespace's first process need for themselves."""
_REMOVAL_S = 1.0
_numbers = itertools.count()


class CgroupsUnavailableError(LLMBenchError):
    """No control groups can be had here; says why."""


class Slot:
    """The group of one answer's processes.

    `was_out_of_memory` may be asked from any thread, everything else from one.
    """

    def __init__(self, folders: tuple[Path, ...], *, is_v2: bool) -> None:
        self._folders = folders
        self._memory = folders[0]
        self._is_v2 = is_v2
        self._limits: tuple[int, int] | None = None
        # Open all the time: to open them costs more than what they are for.
        self._members: list[int] = []
        self._events = -1
        try:
            flags = os.O_WRONLY | os.O_CLOEXEC
            self._members += [os.open(folder / "cgroup.procs", flags) for folder in folders]
            name = "memory.events" if is_v2 else "memory.oom_control"
            self._events = os.open(self._memory / name, os.O_RDONLY | os.O_CLOEXEC)
            self._kills_before = self._kills()
        except BaseException:
            self.close()
            raise

    def limit(self, memory_bytes: int, processes: int) -> None:
        """Say what its next processes may use."""
        limits = (memory_bytes + _OWN_BYTES, processes)
        if limits != self._limits:
            self._limit_memory(limits[0])
            for folder in self._folders:
                with contextlib.suppress(FileNotFoundError):  # in one of them it is
                    _write(folder / "pids.max", limits[1])
            self._limits = limits

    def _limit_memory(self, memory_bytes: int) -> None:
        name = "memory.max" if self._is_v2 else "memory.limit_in_bytes"
        _write(self._memory / name, memory_bytes)

    def add(self, pid: int) -> None:
        """Put a process in; those that it has started stay where they are."""
        number = str(pid).encode("ascii")
        for members in self._members:
            os.write(members, number)

    def limit_memory(self, memory_bytes: int) -> None:
        """Lower the limit on memory, beside what temporary files hold already."""
        files = _count((self._memory / "memory.stat").read_text("ascii"), "shmem")
        # The first version refuses while more is in use.
        with contextlib.suppress(OSError):
            self._limit_memory(memory_bytes + files + _OWN_BYTES)
        self._limits = None

    @property
    def was_out_of_memory(self) -> bool:
        """Whether the kernel has killed a process of the present answer in here."""
        return self._kills() > self._kills_before

    @property
    def memory_in_use(self) -> int:
        name = "memory.current" if self._is_v2 else "memory.usage_in_bytes"
        return int((self._memory / name).read_text("ascii"))

    def _kills(self) -> int:
        return _count(os.pread(self._events, 4096, 0).decode("ascii"), "oom_kill")

    def leave(self) -> bool:
        """Begin anew with the next answer; return what `was_out_of_memory` was."""
        kills = self._kills()
        was_out_of_memory = kills > self._kills_before
        self._kills_before = kills
        return was_out_of_memory

    def close(self) -> None:
        for fd in (*self._members, self._events):
            if fd >= 0:
                os.close(fd)
        self._members, self._events = [], -1


class Cgroups:
    """The slots of one sandbox, from any number of threads."""

    def __init__(self, place: Place) -> None:
        """Make a group; raise OSError where that cannot be."""
        self.version = 2 if place.is_v2 else 1
        self._is_v2 = place.is_v2
        self._lock = threading.Lock()
        self._free: deque[Slot] = deque()
        self._slots: list[Slot] = []
        name = f"llmbench-{_namespace()}-{os.getpid()}-{_started(os.getpid())}-{next(_numbers)}"
        self._folders = tuple(folder / name for folder in place.folders)
        self._remove = weakref.finalize(self, _remove, self._folders)
        try:
            for folder in self._folders:
                folder.mkdir()
            if place.is_v2:
                _enable(self._folders[0])
            # The first shows whether limits can be had here, and processes moved.
            slot = self._new()
            if os.geteuid() != 0:
                _try_to_move(slot)
            self.give_back(slot)
        except BaseException:
            self.close()
            raise

    def take(self, memory_bytes: int, processes: int) -> Slot:
        """Return an empty slot with these limits; raise OSError where there is none."""
        with self._lock:
            # The one that has been empty longest: the kernel frees what it held a little late.
            slot = self._free.popleft() if len(self._free) > 1 else self._new()
        slot.limit(memory_bytes, processes)
        return slot

    def _new(self) -> Slot:
        folders = tuple(folder / str(len(self._slots)) for folder in self._folders)
        for folder in folders:
            folder.mkdir()
        slot = Slot(folders, is_v2=self._is_v2)
        self._slots.append(slot)
        slot.limit(1 << 30, 1 << 15)
        if self._is_v2:
            # Where there is no swap, there is no file for it either.
            with contextlib.suppress(FileNotFoundError):
                _write(folders[0] / "memory.swap.max", 0)
        else:
            _write(folders[0] / "memory.swappiness", 0)
        return slot

    def give_back(self, slot: Slot) -> None:
        """Take an empty slot back."""
        with self._lock:
            self._free.append(slot)

    def close(self) -> None:
        """Remove the group, and kill what is left in it."""
        for slot in self._slots:
            slot.close()
        self._remove()


def find_cgroups() -> Cgroups:
    """Make a group where one can be had; raise CgroupsUnavailableError with the reason.

    Groups that a killed session of ours left behind are removed.
    """
    try:
        found = list(places(*(Path(f"/proc/self/{name}").read_text("utf-8", "surrogateescape")
                              for name in ("mountinfo", "cgroup"))))  # fmt: skip
    except (OSError, ValueError):
        found = []
    reasons: dict[str, None] = {}
    for place in found:
        _remove_stale(place)
        try:
            if place.is_v2:
                _check(place)
            return Cgroups(place)
        except OSError as error:
            reasons[f"version {2 if place.is_v2 else 1}: {error.strerror or error}"] = None
    raise CgroupsUnavailableError("; ".join(reasons) or "none are mounted")


def _check(place: Place) -> None:
    """Raise OSError where groups of the second version could have no limits."""
    folder = place.folders[0]
    if "memory" in (folder / "cgroup.subtree_control").read_text("ascii").split():
        return
    if not place.is_own or "memory" not in (folder / "cgroup.controllers").read_text("ascii"):
        raise OSError(0, "the memory controller is not handed down to us")
    _enable(folder)


def _enable(folder: Path) -> None:
    """Hand the controllers down; memory must be among them."""
    control = folder / "cgroup.subtree_control"
    try:
        _write(control, "+memory")
    except OSError as error:
        raise OSError(error.errno, "the memory controller is not handed down to us") from None
    with contextlib.suppress(OSError):
        _write(control, "+pids")


def _try_to_move(slot: Slot) -> None:
    """Raise OSError where a group may be made by a normal user, but not be filled."""
    child = subprocess.Popen(["sleep", "9"], env={"PATH": SEARCH_PATH}, stdin=subprocess.DEVNULL)
    try:
        slot.add(child.pid)
    finally:
        child.kill()
        child.wait()


def _write(path: Path, value: object) -> None:
    # Never O_CREAT: where the file is missing, so is what it stands for.
    fd = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.write(fd, str(value).encode("ascii"))
    finally:
        os.close(fd)


def _count(text: str, name: str) -> int:
    for line in text.splitlines():
        word, _, number = line.partition(" ")
        if word == name:
            return int(number)
    return 0


def _namespace() -> int:
    """Return what tells this PID namespace from others: numbers mean nothing elsewhere."""
    return os.stat("/proc/self/ns/pid").st_ino


def _started(pid: int) -> int:
    """Return when a process started; 0 where there is none."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace")
    except OSError:
        return 0
    return int(stat.rpartition(")")[2].split()[19])


def _remove_stale(place: Place) -> None:
    """Remove the groups of sessions that were killed before they could.

    They may be below a group beside ours: the killed session need not have been in this one.
    """
    for folder in place.folders:
        for parent in (folder, folder.parent):
            pattern = "llmbench-*" if parent == folder else "*/llmbench-*"
            for group in parent.glob(pattern):
                name = _NAME.fullmatch(group.name)
                if name and int(name[1]) == _namespace() and _started(int(name[2])) != int(name[3]):
                    _remove((group,))


def _remove(folders: Iterable[Path]) -> None:
    for folder in folders:
        with contextlib.suppress(OSError):
            for inner in [entry for entry in folder.iterdir() if entry.is_dir()]:
                _remove_one(inner)
        _remove_one(folder)


def _remove_one(folder: Path) -> None:
    deadline = time.monotonic() + _REMOVAL_S
    while time.monotonic() < deadline:
        try:
            folder.rmdir()
        except FileNotFoundError:
            return
        except OSError:  # a process is in it, or has only just died
            _kill(folder)
            time.sleep(0.002)
        else:
            return


def _kill(folder: Path) -> None:
    with contextlib.suppress(OSError):
        for pid in (folder / "cgroup.procs").read_text("ascii").split():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)
