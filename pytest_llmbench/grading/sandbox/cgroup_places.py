"""Where control groups can be made, read from what /proc says: a function of texts.

Below the group that we are in ourselves, so that whatever limit somebody has set for us
holds for answers too. In version 2 a group with processes cannot have groups with
limits below it, unless it is the root; there ours becomes a sibling.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Place", "places"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Folders below which a group is made: one for each controller, memory first."""

    folders: tuple[Path, ...]
    is_v2: bool
    is_own: bool
    """Whether these are the groups that we are in, not the one above."""


@dataclass(frozen=True, slots=True)
class _Mount:
    root: str
    point: str
    kind: str
    options: frozenset[str]

    def folder(self, group: str) -> Path | None:
        """Return where a group is seen; `None` outside of what is mounted."""
        relative = os.path.relpath(group, self.root)
        return None if relative.startswith("..") else Path(self.point) / relative


def places(mountinfo: str, own_groups: str) -> Iterator[Place]:
    """Give the places to try, best first, from `/proc/self/mountinfo` and `/proc/self/cgroup`."""
    mounts = list(_mounts(mountinfo))
    own = dict(_own_groups(own_groups))
    first = _first_version(mounts, own)
    if first:
        yield Place(folders=first, is_v2=False, is_own=True)
    for mount in mounts:
        if mount.kind == "cgroup2" and "" in own and (folder := mount.folder(own[""])):
            yield Place(folders=(folder,), is_v2=True, is_own=True)
            if folder != Path(mount.point):
                yield Place(folders=(folder.parent,), is_v2=True, is_own=False)
            return


def _first_version(mounts: list[_Mount], own: dict[str, str]) -> tuple[Path, ...]:
    folders: list[Path] = []
    for controller in ("memory", "pids"):
        for mount in mounts:
            if mount.kind == "cgroup" and controller in mount.options and controller in own:
                folder = mount.folder(own[controller])
                if folder is not None and folder not in folders:
                    folders.append(folder)
                break
        if not folders:  # without memory there is no use for the rest
            return ()
    return tuple(folders)


def _mounts(mountinfo: str) -> Iterator[_Mount]:
    for line in mountinfo.splitlines():
        place, _, device = line.partition(" - ")
        words, described = place.split(), device.split()
        if len(words) < 5 or len(described) < 3 or not described[0].startswith("cgroup"):
            continue
        root, point = (_unescaped(word) for word in words[3:5])
        yield _Mount(root, point, described[0], frozenset(described[2].split(",")))


def _unescaped(word: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), word)


def _own_groups(text: str) -> Iterator[tuple[str, str]]:
    """Give controllers (none: the second version's) and the path of our group."""
    for line in text.splitlines():
        _, controllers, path = line.split(":", 2)
        for controller in controllers.split(","):
            yield controller, path
