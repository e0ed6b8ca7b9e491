"""The languages of the judge: what runs an answer, and how answers are written.

A language is a declaration: names, the program that runs it, the worker that
calls its functions. What the machine lacks is said with what to install.
"""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pytest_llmbench.errors import ConfigError

__all__ = ["LANGUAGES", "Language", "Toolchain", "find_language"]

_PROBE_S = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Toolchain:
    """The program that runs a language, as found on this machine."""

    executable: Path
    """The real binary: never a shim or a link into somewhere else."""
    prefix: Path
    """The folder that holds the program and its library, or the program where it
    needs nothing beside it; a sandbox shows it."""
    library_path: Path | None = None
    """A folder of shared libraries that the program does not find by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """One language of the judge."""

    name: str
    aliases: tuple[str, ...]
    fences: tuple[str, ...]
    """Words after a code fence's backticks that mean this language."""
    comment: str
    """What begins a comment that runs to the end of the line."""
    suffix: str
    worker: str
    """The file in the staged workers' folder that is run."""
    flags: tuple[str, ...]
    """Arguments before the worker's file."""
    fork_server: str | None = None
    """A file of that folder that forks the worker, where the language can."""
    version_flag: str
    install: str
    find: Callable[[], Toolchain | None]
    limits_address_space: bool = True
    """Whether memory is limited by address space; else by the size of private data."""
    memory_flag: str | None = None
    """An argument that tells the program its heap's size in MiB: `--heap={}`."""
    overhead_bytes: int = 0
    """What the program itself needs beside such a heap."""

    def toolchain(self) -> Toolchain | None:
        """Return what runs this language here, or None."""
        return _toolchain(self.find)

    def missing(self) -> str | None:
        """Return None where the language can be run, else what to install."""
        if self.toolchain() is not None:
            return None
        return f"{self.name} needs {self.install}"

    def version(self) -> str | None:
        """Return the version of the program, or None where it is missing."""
        toolchain = self.toolchain()
        return _version(toolchain.executable, self.version_flag) if toolchain else None


@functools.cache
def _toolchain(find: Callable[[], Toolchain | None]) -> Toolchain | None:
    return find()


@functools.cache
def _version(executable: Path, flag: str) -> str | None:
    try:
        done = subprocess.run(
            [executable, flag],
            env={},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_PROBE_S,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.decode("utf-8", "replace").strip().split()[-1].removeprefix("v")


def _find_python() -> Toolchain | None:
    """Find the interpreter that runs this process, behind its virtual environment.

    `sys._base_executable` may be a link; a version manager's shim is never it.
    """
    executable = Path(os.path.realpath(getattr(sys, "_base_executable", sys.executable)))
    prefix = Path(os.path.realpath(sys.base_prefix))
    if not executable.is_file() or not executable.is_relative_to(prefix):
        return None
    if Path.home().is_relative_to(prefix):  # showing it would show everything
        return None
    library = prefix / "lib"
    has_own_library = any(library.glob("libpython*.so*")) and prefix != Path("/usr")
    return Toolchain(
        executable=executable,
        prefix=prefix,
        library_path=library if has_own_library else None,
    )


def _find_node() -> Toolchain | None:
    found = shutil.which("node") or shutil.which("nodejs")
    if found is None:
        return None
    executable = Path(os.path.realpath(found))
    with executable.open("rb") as program:
        is_script = program.read(2) == b"#!"
    if is_script:  # a version manager's shim
        return _find_behind_shim(found)
    return Toolchain(executable=executable, prefix=executable)


def _find_behind_shim(shim: str) -> Toolchain | None:
    try:
        done = subprocess.run(
            [shim, "-p", "process.execPath"],
            env={name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_PROBE_S,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    executable = Path(os.path.realpath(done.stdout.decode().strip()))
    return Toolchain(executable=executable, prefix=executable)


PYTHON = Language(
    name="python",
    aliases=("py", "python3"),
    fences=("python", "py", "python3", "py3"),
    comment="#",
    suffix=".py",
    worker="python_worker.pyc",
    fork_server="fork_server.pyc",
    flags=("-I", "-S", "-B", "-X", "utf8"),
    version_flag="--version",
    install="a Python interpreter outside a shim",
    find=_find_python,
)

JAVASCRIPT = Language(
    name="javascript",
    aliases=("js", "node", "nodejs"),
    fences=("javascript", "js", "node", "mjs", "cjs", "ecmascript"),
    comment="//",
    suffix=".js",
    worker="javascript_worker.cjs",
    flags=("--no-warnings",),
    version_flag="--version",
    install="node: install nodejs (18 or newer)",
    find=_find_node,
    limits_address_space=False,
    memory_flag="--max-old-space-size={}",
    overhead_bytes=256 * 1024 * 1024,
)

LANGUAGES: dict[str, Language] = {language.name: language for language in (PYTHON, JAVASCRIPT)}


def find_language(name: str) -> Language:
    """Return a language by its name or alias; raise ConfigError for an unknown one."""
    wanted = name.strip().lower()
    for language in LANGUAGES.values():
        if wanted == language.name or wanted in language.aliases:
            return language
    raise ConfigError(f"unknown language {name!r}; known: {', '.join(LANGUAGES)}")
