"""Prove that a sandbox isolates, by trying to break out of it.

A program that is installed says little: containers, distributions and kernels
forbid namespaces in many ways, and a sandbox that starts may still be open.
"""

from __future__ import annotations

import contextlib
import os
import select
import socket
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from pytest_llmbench.errors import SandboxUnavailableError
from pytest_llmbench.grading.frames import ClosedError, DeadlineError, FrameChannel
from pytest_llmbench.grading.sandbox.interface import Program, Sandbox, SandboxedProcess
from pytest_llmbench.grading.values import ProtocolViolation
from pytest_llmbench.languages import find_language

__all__ = ["is_bounding", "prove"]

_PROBE_S = 10.0
_DEATH_MS = 1000
_MIB = 1024 * 1024
_MEMORY_BYTES = 512 * _MIB
_HELD_BYTES = 8 * _MIB
_HOARDING_BYTES, _HOARD_BYTES, _HOARDERS = 64 * _MIB, 44 * _MIB, 5


def prove(
    sandbox: Sandbox, fork_server: str | None = None, *, variables: Sequence[str] = ()
) -> bool:
    """Raise SandboxUnavailableError unless every attempt to break out fails.

    With a fork server, what it forks is proven instead of what a command starts;
    `variables` of the environment are nobody's secret. Return whether the memory of all
    processes together is counted.
    """
    process = _start(sandbox, fork_server)
    alive = process.socket.dup()
    try:
        with _prey() as prey:
            leaks = _ask(process, "probe", prey | {"variables": list(variables)})
        _ask(process, "linger")
        _ask(process, "hold", _HELD_BYTES)
        is_counted = (process.memory_in_use or 0) >= _HELD_BYTES
    finally:
        process.close()
        # Whatever of it lives on holds the other end.
        is_over = _has_ended(alive)
        alive.close()
    if not is_over:
        leaks.append("go on after its end")
    if leaks:
        raise SandboxUnavailableError(f"code can still {', '.join(map(str, leaks))}")
    return is_counted


def _has_ended(alive: socket.socket) -> bool:
    """Tell whether nobody is left who could write to a socket."""
    poller = select.poll()
    poller.register(alive, select.POLLRDHUP)
    return bool(poller.poll(_DEATH_MS))


def is_bounding(sandbox: Sandbox) -> bool:
    """Tell whether the memory of all processes together is bounded; takes its time."""
    process = _start(sandbox, None, memory_bytes=_HOARDING_BYTES, limits_address_space=False)
    try:
        hoarded = _ask(process, "hoard", _HOARD_BYTES, _HOARDERS)
    except SandboxUnavailableError:  # it was ended for it
        return True
    finally:
        process.close()
    return hoarded == [False]


@contextlib.contextmanager
def _prey() -> Iterator[dict[str, object]]:
    """Give what must be out of reach, by the names that the probe has for it."""
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        tempfile.TemporaryDirectory(prefix="llmbench-probe-") as folder,
        socket.socket(socket.AF_UNIX) as abstract,
        socket.socket(socket.AF_UNIX) as named,
    ):
        name = f"llmbench-probe-{os.urandom(8).hex()}"
        abstract.bind(f"\0{name}")
        named.bind(f"{folder}/socket")
        canary = Path(folder, "canary")
        canary.write_text("canary", "ascii")
        for path, mode in ((Path(folder), 0o755), (Path(folder, "socket"), 0o777)):
            path.chmod(mode)
        for server in (abstract, named):
            server.listen()
        yield {
            "port": listener.getsockname()[1],
            "abstract": name,
            "socket": f"{folder}/socket",
            "canary": str(canary),
            "pid": os.getpid(),
            "memory": _MEMORY_BYTES,
        }


def _start(
    sandbox: Sandbox,
    fork_server: str | None,
    *,
    memory_bytes: int = _MEMORY_BYTES,
    limits_address_space: bool = True,
) -> SandboxedProcess:
    python = find_language("python")
    toolchain = python.toolchain()
    if toolchain is None:
        raise SandboxUnavailableError(str(python.missing()))
    program = Program(
        toolchain=toolchain,
        flags=python.flags,
        worker="probe_worker.pyc",
        memory_bytes=memory_bytes,
        limits_address_space=limits_address_space,
        output_bytes=_MIB,
        processes=16,
        cpu_s=int(_PROBE_S),
        fork_server=fork_server,
    )
    try:
        process = sandbox.start(program)
    except OSError as error:
        raise SandboxUnavailableError(str(error)) from None
    try:
        FrameChannel(process.socket.fileno()).receive(deadline=time.monotonic() + _PROBE_S)
    except (ClosedError, DeadlineError, ProtocolViolation) as error:
        process.kill()
        process.wait(1.0)
        said = process.read_output(500).strip() or str(error)
        process.close()
        raise SandboxUnavailableError(f"it cannot start: {said}") from None
    return process


def _ask(process: SandboxedProcess, kind: str, *parts: object) -> list[object]:
    channel = FrameChannel(process.socket.fileno())
    try:
        return channel.ask(kind, *parts, deadline=time.monotonic() + _PROBE_S)[1:]
    except (ClosedError, DeadlineError, ProtocolViolation) as error:
        said = process.read_output(500).strip() or str(error)
        raise SandboxUnavailableError(f"the attempts to break out of it ended: {said}") from None
