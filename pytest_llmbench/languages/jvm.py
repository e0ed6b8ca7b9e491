"""What the languages of the Java platform share: the JDK, how it is started, the drivers.

A driver is compiled once, into the language's cache, and finds an answer's methods by
reflection: compiling it again beside every answer would cost more than the answer.
"""

from __future__ import annotations

import os
from pathlib import Path

from pytest_llmbench.languages.definition import Cache
from pytest_llmbench.languages.sources import driver_source
from pytest_llmbench.languages.toolchains import on_path, outside_usr

__all__ = [
    "COMPILE",
    "OVERHEAD_BYTES",
    "PROCESSES",
    "RUN",
    "SERVE",
    "JavaPrograms",
    "driver_cache",
    "find_jdk",
]

_MIB = 1024 * 1024

OVERHEAD_BYTES = 512 * _MIB
"""Of a machine beside its heap: classes, compiled code, and the stacks of its threads."""
PROCESSES = 32
"""Threads of a machine itself."""

_MACHINE = ("java", "-XX:+UseSerialGC", "-XX:-UsePerfData")
RUN = (*_MACHINE, "-Xmx{heap_mib}m")
"""How what was compiled is run; a class path and a class follow."""

# What a compiler does once, the machine's own optimising compiler would only slow down.
_COMPILING = (*_MACHINE, "-XX:TieredStopAtLevel=1")
_ARCHIVED = (*_COMPILING, "-XX:SharedArchiveFile={cache}/compiler.jsa")
COMPILE = (*_ARCHIVED, "-Xmx1g")
"""How a compiler is run for one answer."""
SERVE = (*_ARCHIVED, "-Xmx{heap_mib}m", "-XX:ReservedCodeCacheSize=128m")
"""How a compile server is run."""
_ARCHIVE = (
    *(*_COMPILING, "-XX:ArchiveClassesAtExit={cache}/compiler.jsa"),
    *("-Xlog:cds=off", "-Xlog:cds+dynamic=off"),
)

# String concatenation is compiled to calls that cost milliseconds at a driver's start.
_COMPILE_DRIVER = ("javac", "-XDstringConcat=inline", "-encoding", "UTF-8", "-nowarn")
_DRIVER = ("Driver", "Output", "Program", "Values")

JavaPrograms = tuple[tuple[tuple[str, Path], ...], tuple[Path, ...]]
"""Programs and folders, as in a `Toolchain`."""


def find_jdk() -> JavaPrograms | None:
    """Find a JDK's `java` and `javac`, and the folders that they need."""
    compiler = on_path("javac")
    if compiler is None and "JAVA_HOME" in os.environ:
        compiler = Path(os.path.realpath(Path(os.environ["JAVA_HOME"]) / "bin" / "javac"))
    if compiler is None or not compiler.is_file():
        return None
    home = compiler.parents[1]
    machine = home / "bin" / "java"
    if not machine.is_file():
        return None
    return (("java", machine), ("javac", compiler)), (*outside_usr(home), *_configuration(home))


def _configuration(home: Path) -> tuple[Path, ...]:
    """Return the folders elsewhere that a JDK's files are links to, as Debian has them."""
    links = [*(home / "lib").glob("*"), *(home / "conf").rglob("*")]
    folders = {Path(os.path.realpath(link)).parent for link in links if link.is_symlink()}
    elsewhere = outside_usr(*(folder for folder in folders if not folder.is_relative_to(home)))
    roots = {path for path in elsewhere if not any(up in elsewhere for up in path.parents)}
    return tuple(sorted(roots))


def driver_cache(
    *classes: str, sample: tuple[str, str], class_path: str, archive: tuple[str, ...]
) -> Cache:
    """Make a cache of the driver and of these classes beside it, and of a compiler's archive.

    `archive` is the compiler's command line, which compiles the sample: its classes, as
    the machine has them in memory, are loaded from there at the next start.
    """
    names = [f"{name}.java" for name in (*_DRIVER, *classes)]
    compile_driver = (*_COMPILE_DRIVER, "-cp", class_path, "-d", "{cache}")
    return Cache(
        files={**{name: driver_source(f"jvm/{name}") for name in names}, sample[0]: sample[1]},
        commands=(
            (*compile_driver, *(f"{{cache}}/{name}" for name in names)),
            (*_ARCHIVE, *archive, "-d", ".", f"{{cache}}/{sample[0]}"),
        ),
        is_needed=True,
    )
