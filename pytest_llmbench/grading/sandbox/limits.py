"""Limits that every backend sets the same way: with `prlimit`, or with system calls."""

from __future__ import annotations

from pytest_llmbench.grading.sandbox.interface import Program

__all__ = [
    "MAX_OPEN_FILES",
    "SEARCH_PATH",
    "limit_numbers",
    "prlimit_arguments",
    "worker_arguments",
]

MAX_OPEN_FILES = 256
SEARCH_PATH = "/usr/local/bin:/usr/bin:/bin"


def prlimit_arguments(program: Program, *, counts_processes: bool) -> list[str]:
    """Return `prlimit`'s arguments for what a program may use."""
    memory = "as" if program.limits_address_space else "data"
    arguments = [
        f"--{memory}={program.memory_bytes}",
        f"--fsize={program.output_bytes}",
        f"--nofile={MAX_OPEN_FILES}",
        "--core=0",
    ]
    if counts_processes:
        arguments.append(f"--nproc={program.processes}")
    if program.cpu_s is not None:
        # One more second for the hard limit: SIGXCPU first, then SIGKILL.
        arguments.append(f"--cpu={program.cpu_s}:{program.cpu_s + 1}")
    return arguments


def limit_numbers(program: Program) -> list[int]:
    """Return what a program may use, as `limit` in `grading/system_calls.py` takes it."""
    return [
        program.memory_bytes,
        program.output_bytes,
        program.processes,
        program.cpu_s or 0,
        int(program.limits_address_space),
    ]


def worker_arguments(program: Program, executable: str, workers: str, fd: int) -> list[str]:
    """Return the command that runs a worker on a socket."""
    return [executable, *program.flags, f"{workers}/{program.worker}", str(fd)]
