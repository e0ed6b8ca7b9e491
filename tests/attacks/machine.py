"""What of this machine attacks could change, as far as it can be seen from here."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Machine"]

_SETTINGS = (
    "/proc/sys/kernel/core_pattern",
    "/proc/sys/kernel/hostname",
    "/proc/sys/kernel/modprobe",
    "/proc/sys/user/max_user_namespaces",
    "/proc/sys/fs/file-max",
)
_SHARED = ("/proc/sysvipc/shm", "/proc/sysvipc/msg", "/proc/sysvipc/sem", "/proc/modules")


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """A look at it. Others use it too, so that all but settings is this process's own."""

    mounts: str
    cgroups: frozenset[str]
    descriptors: int
    children: tuple[str, ...]
    settings: tuple[str, ...]
    shared: tuple[str, ...]
    temporary: tuple[str, ...]

    @classmethod
    def now(cls, temporary: Path) -> Machine:
        return cls(
            mounts=Path("/proc/self/mountinfo").read_text(),
            cgroups=_own_cgroups(),
            descriptors=len(os.listdir("/proc/self/fd")),
            children=tuple(sorted(_descendants(os.getpid()))),
            settings=_texts(_SETTINGS),
            shared=_texts(_SHARED),
            temporary=tuple(sorted(os.listdir(temporary))),
        )


def _descendants(pid: int) -> list[str]:
    """Return the commands of all processes that this one started, directly or not."""
    parents: dict[int, int] = {}
    commands: dict[int, str] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                stat = (entry / "stat").read_text("utf-8", "replace")
                parents[int(entry.name)] = int(stat.rpartition(")")[2].split()[1])
                commands[int(entry.name)] = (entry / "cmdline").read_text("utf-8", "replace")
    found = {pid}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return [commands[each].replace("\0", " ") for each in found - {pid}]


def _own_cgroups() -> frozenset[str]:
    """Return the control groups that carry this process's number."""
    number = str(os.getpid())
    return frozenset(
        path
        for path, _, _ in os.walk("/sys/fs/cgroup")
        if number in path.rpartition("/")[2].replace("-", " ").replace(".", " ").split()
    )


def _texts(paths: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(Path(path).read_text() if os.path.exists(path) else "" for path in paths)
