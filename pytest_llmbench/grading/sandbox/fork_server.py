"""Python workers forked from a warm interpreter instead of started one by one.

Starting a namespace and an interpreter costs three times what judging an answer does.
The fork server (`workers/fork_server.py`) pays for the interpreter once and makes the
namespaces itself; each worker is as alone as one that was started by a command.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import struct
import threading
import time
from collections.abc import Callable

from pytest_llmbench.grading.failures import HarnessError
from pytest_llmbench.grading.frames import ClosedError, DeadlineError, FrameChannel
from pytest_llmbench.grading.sandbox.interface import Program, SandboxedProcess
from pytest_llmbench.grading.sandbox.output import PrintedOutput
from pytest_llmbench.grading.values import ProtocolViolation

__all__ = ["ForkServer"]

_ORDER = struct.Struct("=7q32s")
_START_S = 10.0
_FORK_S = 5.0
_DEATH_S = 2.0


class ForkServer:
    """One fork server, started when first needed and again when it died.

    `start` starts the server itself and may be called from any thread.
    """

    def __init__(self, start: Callable[[], SandboxedProcess]) -> None:
        self._start_server = start
        self._lock = threading.Lock()
        self._server: SandboxedProcess | None = None
        self._is_closed = False

    def fork(self, program: Program, uid: int, on_close: Callable[[], None]) -> ForkedProcess:
        """Fork a worker; raise OSError where the machine or the server cannot."""
        process = ForkedProcess(on_close)
        try:
            with self._lock:
                self._order(process, _encode(program, uid))
        except BaseException:
            process.close()
            raise
        return process

    def _order(self, process: ForkedProcess, order: bytes) -> None:
        try:
            process.order(self._running().socket, order)
        except TimeoutError:  # it hangs: the next worker gets a new one
            self._end()
            raise

    def _end(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None

    def _running(self) -> SandboxedProcess:
        if self._is_closed:
            raise OSError("the sandbox was closed")
        if self._server is not None and self._server.wait(0) is not None:
            self._end()
        if self._server is None:
            server = self._start_server()
            try:
                FrameChannel(server.socket.fileno()).receive(deadline=time.monotonic() + _START_S)
            except (ClosedError, DeadlineError, ProtocolViolation) as error:
                said = server.read_output(500).strip()
                server.close()
                raise OSError(f"the fork server did not start: {error}; {said}") from None
            self._server = server
        return self._server

    def close(self) -> None:
        """End the server and with it whatever it forked."""
        self._is_closed = True
        with self._lock:
            self._end()


class ForkedProcess:
    """A worker that the fork server forked; see `SandboxedProcess`."""

    def __init__(self, on_close: Callable[[], None]) -> None:
        self._on_close = on_close
        self._lock = threading.Lock()
        self._is_closed = False
        self._status: int | None = None
        self._pidfd = -1
        self.socket, self._theirs = socket.socketpair()
        self.socket.setblocking(False)
        self._report, self._reporter = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._output = PrintedOutput()

    def order(self, server: socket.socket, order: bytes) -> None:
        """Have the server fork; raise OSError where it cannot."""
        fds = [self._theirs.fileno(), self._output.fd, self._reporter.fileno()]
        socket.send_fds(server, [order], fds)
        self._theirs.close()
        self._reporter.close()
        self._report.settimeout(_FORK_S)
        answer, received, _, _ = socket.recv_fds(self._report, 16, 1)
        if not received:
            number = int(answer or 0)
            raise OSError(number, os.strerror(number) if number else "the fork server is gone")
        self._pidfd = received[0]

    def wait(self, timeout_s: float) -> int | None:
        """See `SandboxedProcess`; raise HarnessError where the server died first."""
        poller = select.poll()
        poller.register(self._pidfd, select.POLLIN)
        if not poller.poll(timeout_s * 1000):
            return None
        if self._status is None:
            # The namespace is empty; the server is about to say how it ended.
            self._report.settimeout(_DEATH_S)
            try:
                code = int(self._report.recv(16))
            except (OSError, ValueError):
                raise HarnessError("the fork server died, and the answer with it") from None
            self._status = code if code >= 0 else 128 - code
        return self._status

    def kill(self) -> None:
        # The first process of a PID namespace takes all others with it.
        with self._lock:
            if not self._is_closed and self._pidfd >= 0:
                with contextlib.suppress(OSError):
                    signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)

    @property
    def output_size(self) -> int:
        return self._output.size

    def read_output(self, limit: int) -> str:
        return self._output.read(limit)

    def close(self) -> None:
        if self._is_closed:
            return
        self.kill()
        if self._pidfd >= 0:
            with contextlib.suppress(HarnessError):
                self.wait(_DEATH_S)
        with self._lock:
            self._is_closed = True
            if self._pidfd >= 0:
                os.close(self._pidfd)
        for end in (self.socket, self._theirs, self._report, self._reporter):
            end.close()
        self._output.close()
        self._on_close()


def _encode(program: Program, uid: int) -> bytes:
    return _ORDER.pack(
        uid,
        program.memory_bytes,
        program.output_bytes,
        program.processes,
        program.cpu_s or 0,
        program.limits_address_space,
        program.tmp_bytes,
        program.worker.partition(".")[0].encode("ascii"),
    )
