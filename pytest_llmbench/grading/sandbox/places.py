"""Where a sandbox shows folders of the host.

System folders stay where they are, because programs have their paths compiled in. All
others are shown under names that tell nothing of whose home they come from. The cache of
a language has the same place wherever it lies, because paths are in what it holds.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

__all__ = ["CACHE_PREFIX", "INSIDE", "binds", "inside", "system_folders"]

INSIDE = "/opt/llmbench"
CACHE_PREFIX = "llmbench-cache-"
"""What the name of a cache's folder begins with."""
_BESIDE_USR = ("/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
_ETC = ("/etc/ld.so.cache", "/etc/alternatives")
_SYSTEM = ("/usr", *_BESIDE_USR, "/etc")


def system_folders() -> tuple[list[str], list[tuple[str, str]], list[str]]:
    """Return what every program is shown: folders, links with their targets, and what
    there is of `/etc`."""
    links = [(folder, os.readlink(folder)) for folder in _BESIDE_USR if os.path.islink(folder)]
    linked = {folder for folder, _ in links}
    folders = [f for f in _BESIDE_USR if f not in linked and os.path.isdir(f)]
    return ["/usr", *folders], links, [path for path in _ETC if os.path.exists(path)]


def inside(path: Path, folders: Iterable[Path]) -> str:
    """Return where a path is found, where these folders are shown."""
    if not _is_system(path):
        for folder in folders:
            if path.is_relative_to(folder):
                return str(Path(_target(folder)) / path.relative_to(folder))
    return str(path)


def binds(folders: Iterable[Path]) -> Iterator[tuple[str, str]]:
    """Give the source and the target of every folder that is not there by itself."""
    for folder in dict.fromkeys(folders):
        if not folder.is_relative_to("/usr"):
            yield str(folder), _target(folder)


def _target(folder: Path) -> str:
    if _is_system(folder):
        return str(folder)
    if folder.name.startswith(CACHE_PREFIX):
        return f"{INSIDE}/{folder.name}"
    return f"{INSIDE}/{zlib.crc32(bytes(folder)):08x}-{folder.name}"


def _is_system(path: Path) -> bool:
    return any(path.is_relative_to(folder) for folder in _SYSTEM)
