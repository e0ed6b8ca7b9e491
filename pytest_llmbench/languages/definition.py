"""What a language is to the judge: a declaration, and no code of its own.

Names, the programs that compile and run it, how its functions are called, how answers
in it are written. `docs/languages.md` shows how to add one from outside the package.
"""

from __future__ import annotations

import functools
import re
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pytest_llmbench.languages.grammar import Grammar
from pytest_llmbench.signature import Signature

__all__ = ["Build", "Cache", "Driver", "Language", "Runner", "Server", "Toolchain"]

_PROBE_S = 20.0
_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Toolchain:
    """The programs of a language, as found on this machine."""

    programs: tuple[tuple[str, Path], ...]
    """Names, and the real binaries: never a shim. The first one is the language's own."""
    folders: tuple[Path, ...] = ()
    """Folders (or files) outside `/usr` that the programs need; a sandbox shows them."""
    library_path: Path | None = None
    """A folder of shared libraries that the first program does not find by itself."""

    @property
    def executable(self) -> Path:
        return self.programs[0][1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """How files in a working folder become a program that runs.

    The first word of a command is the name of one of the toolchain's programs, or a path
    in the working folder (`./main`). In any word `{name}` stands for a program's path,
    `{cache}` for the folder of the language's cache, and `{heap_mib}` for the limit on
    memory, in MiB.
    """

    commands: tuple[tuple[str, ...], ...] = ()
    """What compiles, in order; one that fails makes a compile error."""
    run: tuple[str, ...]
    is_served: bool = False
    """Whether the language's compile server makes the same of the files as `commands` do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Driver:
    """How a function of an answer is called: a program that serves calls.

    The program reads one call a line from descriptor 3, calls, and writes one reply a
    line to descriptor 4, as `grading/wire.py` says. No expected value is ever in it.
    """

    files: Callable[[str, str, Signature | None], Mapping[str, str]]
    """Make the working folder's files from an answer's code, its entry point, and the
    signature; raise ValueError where the signature cannot be had in this language."""
    build: Build
    needs_signature: bool = False
    """Whether calls must be known when the answer is compiled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Runner:
    """How an answer and tests of its own language become one program that runs them."""

    files: Callable[[str, str, str], Mapping[str, str]]
    """Make the working folder's files from the prelude, an answer's code, and the tests."""
    build: Build
    failure: re.Pattern[str]
    """What a failed assertion prints."""
    ending: Callable[[str, str], str] | None = None
    """Make tests print a word when they have come to their end, where that can be had."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cache:
    """A folder that is made once per machine, from nothing that a model wrote.

    It is made in the folder that `files` fill, and shown read-only to every answer.
    """

    files: Mapping[str, str]
    commands: tuple[tuple[str, ...], ...]
    """As in a `Build`; `{cache}` is the folder where it will be seen."""
    is_needed: bool = False
    """Whether nothing runs without it; else it only saves time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A compiler that stays alive from one answer to the next, in a sandbox of its own.

    It is a driver, as `grading/wire.py` says, with one function: `compile` takes a map from
    the names of files to their text. It returns whether they could be compiled, what the
    compiler said, and a map from the names of the files that it made to their content in
    Base64. Nothing of one call may reach the next, and no code of an answer may run.
    """

    run: tuple[str, ...]
    """What starts it, as in a `Build`."""
    trial: Mapping[str, str]
    """Files that can be compiled. It gets them first, so that it is known to work, and
    warm, before it gets an answer."""
    memory_bytes: int = 512 * _MIB
    calls: int = 500
    """After so many of them a new one takes its place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """One language of the judge."""

    name: str
    title: str
    """For people."""
    aliases: tuple[str, ...] = ()
    comment: str
    """What begins a comment that runs to the end of the line."""
    file: str
    """The name under which an answer is saved."""
    install: str
    """What to install where it is missing: programs, and the package that has them."""
    image: str | None = None
    """A container image that has the toolchain (and a Python, which runs the worker)."""
    find: Callable[[], Toolchain | None]
    version: tuple[str, ...] = ("--version",)
    """Arguments that make the first program print its version."""
    version_pattern: str = r"\d+(?:\.\d+)+\S*"
    read_version: Callable[[Toolchain], str | None] | None = None
    """Reads it instead, where the program takes seconds to print it."""
    grammar: Grammar
    declaration: Callable[[Signature], str]
    """The head of a function, as code for a prompt; raise ValueError for a signature that
    the language cannot have."""
    reserved: frozenset[str] = frozenset()
    """Words that Python allows as a name and this language does not."""
    int_bits: int | None = 64
    """Size of the integers of a declaration; `None`: as large as need be."""
    worker: str | None = None
    """A worker of the package that calls functions by itself, instead of a driver."""
    fork_server: str | None = None
    """What forks that worker, where it can be forked."""
    flags: tuple[str, ...] = ()
    """Arguments before the worker's file."""
    driver: Driver | None = None
    program: Build | None = None
    """How an answer that is a whole program is compiled and run."""
    runners: Mapping[str, Runner] = field(default_factory=dict)
    cache: Cache | None = None
    server: Server | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    """Set for its programs beside PATH, HOME, TMPDIR and LANG."""
    limits_address_space: bool = False
    """Whether memory is limited by address space; else by the size of private data."""
    memory_flag: str | None = None
    """An argument that tells a worker its heap's size in MiB: `--heap={}`."""
    overhead_bytes: int = 0
    """What the language itself needs beside what an answer may use."""
    build_bytes: int = 2048 * _MIB
    """Memory for each process that compiles."""
    processes: int = 0
    """Processes and threads that its programs start beside an answer's own."""

    def toolchain(self) -> Toolchain | None:
        """Return what runs this language here, or None."""
        return _toolchain(self.find)

    def missing(self) -> str | None:
        """Return None where the language can be run, else what to install."""
        if self.toolchain() is not None:
            return None
        return f"{self.name} needs {self.install}"

    def installed_version(self) -> str | None:
        """Return the version of the first program, or None where it is missing."""
        toolchain = self.toolchain()
        if toolchain is None:
            return None
        if self.read_version is not None:
            return self.read_version(toolchain)
        return _version(toolchain.executable, self.version, self.version_pattern)


@functools.cache
def _toolchain(find: Callable[[], Toolchain | None]) -> Toolchain | None:
    return find()


@functools.cache
def _version(executable: Path, arguments: tuple[str, ...], pattern: str) -> str | None:
    try:
        done = subprocess.run(
            [executable, *arguments],
            env={"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/nonexistent", "LANG": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_PROBE_S,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    said = (done.stdout + done.stderr).decode("utf-8", "replace")
    found = re.search(pattern, said)
    return found.group().rstrip(",;):") if found else None
