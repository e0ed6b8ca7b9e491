"""Python workers forked from a warm interpreter instead of started one by one.

Starting a namespace and an interpreter costs three times what judging an answer does.
The fork server (`workers/fork_server.py`) pays for the interpreter once and makes the
namespaces itself; each worker is as alone as one that was started by a command.
"""

from __future__ import annotations

import contextlib
import errno
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
from pytest_llmbench.grading.sandbox.cgroups import Slot
from pytest_llmbench.grading.sandbox.home import Home
from pytest_llmbench.grading.sandbox.interface import Program, SandboxedProcess
from pytest_llmbench.grading.sandbox.limits import limit_numbers
from pytest_llmbench.grading.sandbox.output import PrintedOutput
from pytest_llmbench.grading.values import ProtocolViolation

__all__ = ["ForkServer"]

_ORDER = struct.Struct("=7q32s")
_COPY = bytes(_ORDER.size)
"""An order without a module: for a copy of the server."""
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
        self._copies: dict[Slot, ForkedProcess] = {}
        """Copies of the server, one in each slot, which fork what is counted there."""
        self._is_closed = False

    def fork(self, program: Program, home: Home) -> ForkedProcess:
        """Fork a worker; raise OSError where the machine or the server cannot."""
        order = _encode(program, home.uid)
        try:
            try:
                return self._fork(order, home)
            except _GoneError:  # it has died since the last answer: a new one will do
                return self._fork(order, home)
        except BaseException:
            home.leave()
            raise

    def _fork(self, order: bytes, home: Home) -> ForkedProcess:
        process = ForkedProcess(home)
        server: SandboxedProcess | None = None
        try:
            with self._lock:
                server = self._running()
                if home.slot is None:
                    process.order(server.socket, order)
                    return process
                copy = self._copy_in(home.slot)
            process.order(copy.socket, order)
        except (TimeoutError, _GoneError):  # it hangs, or is dying
            process.abandon()
            with self._lock:
                self._end(server)
            raise
        except BaseException:
            process.abandon()
            raise
        return process

    def _copy_in(self, slot: Slot) -> ForkedProcess:
        copy = self._copies.get(slot)
        try:
            if copy is not None and copy.wait(0) is None:
                return copy
        except HarnessError:
            raise _GoneError from None
        if copy is not None:
            self._copies.pop(slot).close()
        copy = ForkedProcess(Home())
        try:
            copy.order(self._running().socket, _COPY)
            slot.add(copy.pid)
        except BaseException:
            copy.close()
            raise
        self._copies[slot] = copy
        return copy

    def _end(self, server: SandboxedProcess | None) -> None:
        """End this server, if no other has taken its place."""
        if server is None or server is not self._server:
            return
        self._server = None
        server.close()
        for copy in self._copies.values():
            copy.close()
        self._copies.clear()

    def _running(self) -> SandboxedProcess:
        if self._is_closed:
            raise OSError("the sandbox was closed")
        if self._server is not None and self._server.wait(0) is not None:
            self._end(self._server)
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
            self._end(self._server)


class ForkedProcess:
    """A worker that the fork server forked; see `SandboxedProcess`."""

    def __init__(self, home: Home) -> None:
        self._home = home
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
        self._report.settimeout(_FORK_S)
        try:
            socket.send_fds(server, [order], fds)
            self._theirs.close()
            self._reporter.close()
            answer, received, _, _ = socket.recv_fds(self._report, 16, 1)
        except ConnectionError:
            raise _GoneError from None
        if not received:
            if not answer:
                raise _GoneError
            raise OSError(int(answer), os.strerror(int(answer)))
        self._pidfd = received[0]

    @property
    def pid(self) -> int:
        """The number by which we know the first process; raise OSError where it is gone."""
        with open(f"/proc/self/fdinfo/{self._pidfd}", encoding="ascii") as lines:
            for line in lines:
                if line.startswith("Pid:") and (number := int(line.split()[1])) > 0:
                    return number
        raise OSError(errno.ESRCH, "it has ended already")

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

    @property
    def was_out_of_memory(self) -> bool:
        return self._home.was_out_of_memory

    @property
    def memory_in_use(self) -> int | None:
        return self._home.memory_in_use

    def limit_memory(self, memory_bytes: int) -> None:
        self._home.limit_memory(memory_bytes)

    def close(self) -> None:
        if self._is_closed:
            return
        self.abandon()
        self._home.leave()

    def abandon(self) -> None:
        """Close, but stay at home."""
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


class _GoneError(OSError):
    """The fork server has died."""

    def __str__(self) -> str:
        return "the fork server is gone"


def _encode(program: Program, uid: int) -> bytes:
    worker = program.worker.partition(".")[0].encode("ascii")
    return _ORDER.pack(uid, *limit_numbers(program), program.tmp_bytes, worker)
