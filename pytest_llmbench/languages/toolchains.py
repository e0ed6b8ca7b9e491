"""Find the programs of a language on this machine: the real ones, never a shim."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from pytest_llmbench.languages.definition import Toolchain

__all__ = ["ask_path", "on_path", "outside_usr", "programs"]

_ASK_S = 20.0


def on_path(name: str) -> Path | None:
    """Return the file behind a command, links followed; None for a script."""
    found = shutil.which(name)
    if found is None:
        return None
    real = Path(os.path.realpath(found))
    try:
        with real.open("rb") as file:
            return None if file.read(2) == b"#!" else real
    except OSError:
        return None


def ask_path(*command: str) -> Path | None:
    """Return the path that a command prints, for programs that are found through a shim."""
    try:
        done = subprocess.run(
            command,
            env={name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_ASK_S,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    said = done.stdout.decode("utf-8", "replace").strip()
    path = Path(os.path.realpath(said)) if said else None
    return path if path is not None and path.exists() else None


def outside_usr(*paths: Path) -> tuple[Path, ...]:
    """Return those paths that a sandbox does not show anyway."""
    return tuple(path for path in paths if not path.is_relative_to("/usr"))


def programs(
    *names: str | tuple[str, ...], folders: tuple[str, ...] = ()
) -> Callable[[], Toolchain | None]:
    """Return a function that finds commands on the path, all or None.

    A tuple is one program under several names, the first that is there. `folders` outside
    `/usr` are shown too, where they exist.
    """
    return functools.partial(_find, names, folders)


def _find(names: tuple[str | tuple[str, ...], ...], folders: tuple[str, ...]) -> Toolchain | None:
    found: list[tuple[str, Path]] = []
    for name in names:
        spellings = (name,) if isinstance(name, str) else name
        path = next((path for each in spellings if (path := _command(each))), None)
        if path is None:
            return None
        found.append((spellings[0], path))
    shown = tuple(Path(folder) for folder in folders if os.path.exists(folder))
    own = outside_usr(*(path for _, path in found))
    return Toolchain(programs=tuple(found), folders=(*shown, *own))


def _command(name: str) -> Path | None:
    """Return a command below `/usr` as it is called: its name may decide what it does."""
    found = shutil.which(name, path="/usr/local/bin:/usr/bin:/bin")
    if found is not None:
        return Path(found)
    return on_path(name)
