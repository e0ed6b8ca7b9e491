"""Prove that a sandbox isolates, by trying to break out of it.

A program that is installed says little: containers, distributions and kernels
forbid namespaces in many ways, and a sandbox that starts may still be open.
"""

from __future__ import annotations

import os
import socket
import tempfile
import time
from pathlib import Path

from pytest_llmbench.errors import SandboxUnavailableError
from pytest_llmbench.grading.frames import ClosedError, DeadlineError, FrameChannel
from pytest_llmbench.grading.sandbox.interface import Program, Sandbox
from pytest_llmbench.grading.values import ProtocolViolation
from pytest_llmbench.languages import find_language

__all__ = ["prove"]

_PROBE_S = 10.0
_MIB = 1024 * 1024
_REMEDY = "opt out of isolation with --llm-sandbox=none"


def prove(sandbox: Sandbox, fork_server: str | None = None) -> None:
    """Raise SandboxUnavailableError unless every attempt to break out fails.

    With a fork server, what it forks is proven instead of what a command starts.
    """
    python = find_language("python")
    toolchain = python.toolchain()
    if toolchain is None:
        raise SandboxUnavailableError(f"no isolation: {python.missing()}; {_REMEDY}")
    program = Program(
        toolchain=toolchain,
        flags=python.flags,
        worker="probe_worker.pyc",
        memory_bytes=512 * _MIB,
        limits_address_space=True,
        output_bytes=_MIB,
        processes=16,
        cpu_s=int(_PROBE_S),
        fork_server=fork_server,
    )
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        tempfile.NamedTemporaryFile() as canary,
    ):
        port = listener.getsockname()[1]
        Path(canary.name).chmod(0o644)
        leaks = _attempt(sandbox, program, [port, canary.name, os.getpid()])
    if leaks:
        raise SandboxUnavailableError(
            f"no isolation: in {sandbox.name}, code can still {', '.join(leaks)}; {_REMEDY}"
        )


def _attempt(sandbox: Sandbox, program: Program, arguments: list[object]) -> list[str]:
    try:
        process = sandbox.start(program)
    except OSError as error:
        raise SandboxUnavailableError(f"no isolation: {error}; {_REMEDY}") from None
    try:
        channel = FrameChannel(process.socket.fileno())
        deadline = time.monotonic() + _PROBE_S
        channel.receive(deadline=deadline)
        reply = channel.ask("probe", *arguments, deadline=deadline)
    except (ClosedError, DeadlineError, ProtocolViolation) as error:
        process.kill()
        said = process.read_output(500).strip() or str(error)
        raise SandboxUnavailableError(
            f"no isolation: {sandbox.name} cannot start here: {said}; allow unprivileged user "
            f"namespaces, or {_REMEDY}"
        ) from None
    finally:
        process.close()
    return [str(leak) for leak in reply[1:]]
