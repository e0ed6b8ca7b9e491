"""What a sandbox is: something that starts a program with limits and a socket."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from socket import socket
from typing import Protocol

from pytest_llmbench.languages import Toolchain

__all__ = ["Program", "Sandbox", "SandboxedProcess"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """One worker to start, and what it may use."""

    toolchain: Toolchain
    """What runs the worker."""
    flags: tuple[str, ...]
    worker: str
    """A file of the staged workers' folder; the socket's number is its argument."""
    memory_bytes: int
    """Of each process; of all together too, where the machine can count that."""
    limits_address_space: bool
    """Limit address space; else private data only, for programs that reserve a lot."""
    output_bytes: int
    """Bytes printed, and the largest file that may be written."""
    processes: int
    cpu_s: int | None
    """Seconds of CPU time after which a process is killed, whatever the parent does."""
    folders: tuple[Path, ...] = ()
    """Shown beside the toolchain's own, read-only: what the worker starts in its turn."""
    writable: Path | None = None
    """The one of them that it may write: only for what no model wrote."""
    tmp_bytes: int = 64 * 1024 * 1024
    """Room for temporary files."""
    takes_descriptors: bool = False
    """Whether descriptors are sent to it over its socket, which not every wall lets through."""
    fork_server: str | None = None
    """A file of the staged workers' folder that can fork this worker, loaded and warm."""


class SandboxedProcess(Protocol):
    """A started program: its socket, its output, and the certainty of its end.

    `kill` may be called from any thread; everything else from one.
    """

    socket: socket
    """The judge's end of the program's socket, non-blocking."""

    def wait(self, timeout_s: float) -> int | None:
        """Return the exit status (128 + signal where killed), or None while it runs."""
        ...

    def kill(self) -> None:
        """End every process of the program at once."""
        ...

    @property
    def output_size(self) -> int:
        """Bytes printed so far."""
        ...

    def read_output(self, limit: int) -> str:
        """Return the first `limit` bytes that were printed, as text."""
        ...

    @property
    def was_out_of_memory(self) -> bool:
        """Whether the kernel killed a process of it because all together used too much."""
        ...

    @property
    def memory_in_use(self) -> int | None:
        """Bytes that all its processes together use, temporary files included; `None`
        where the machine cannot count that."""
        ...

    def limit_memory(self, memory_bytes: int) -> None:
        """Lower what all its processes together may use from now on, beside its files.

        Does nothing where the machine cannot count that.
        """
        ...

    def close(self) -> None:
        """Kill what is left, wait until it is gone, release everything."""
        ...


class Sandbox(Protocol):
    """Starts programs that are not trusted."""

    @property
    def name(self) -> str: ...

    @property
    def tier(self) -> str:
        """What keeps answers in, for records: `namespaces+seccomp+cgroups`, ..., `none`."""
        ...

    @property
    def is_isolating(self) -> bool:
        """Whether what runs inside is kept from files, network and processes."""
        ...

    def start(self, program: Program) -> SandboxedProcess:
        """Start a worker; raise OSError where the machine is out of something."""
        ...

    def place(self, path: Path, folders: tuple[Path, ...]) -> str:
        """Return where a program that is shown these folders finds a path of the host."""
        ...

    def describe(self) -> dict[str, object]:
        """Return what a run's manifest says about isolation: builtins only."""
        ...

    def close(self) -> None:
        """Remove what the sandbox keeps on disk."""
        ...
