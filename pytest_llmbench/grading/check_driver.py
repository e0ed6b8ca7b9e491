"""The trusted process that runs benchmarks' own checks, as the judge sees it."""

from __future__ import annotations

import contextlib
import itertools
import socket
import threading
import time
from dataclasses import dataclass

from pytest_llmbench.errors import ConfigError, LLMBenchError
from pytest_llmbench.grading.candidate import CandidateProcess
from pytest_llmbench.grading.compare import show
from pytest_llmbench.grading.failures import HarnessError
from pytest_llmbench.grading.frames import ClosedError, DeadlineError, FrameChannel
from pytest_llmbench.grading.sandbox import Program, Sandbox, SandboxedProcess
from pytest_llmbench.grading.values import ProtocolViolation, holds_opaque
from pytest_llmbench.languages import find_language
from pytest_llmbench.vocabulary import ByCheck

__all__ = ["CheckDriver", "CheckResult"]

_MIB = 1024 * 1024
_START_S = 10.0
_MAX_CHECKS = 200
"""Checks that one process runs before a fresh one takes its place."""
_CLEAN_ENDS = frozenset({"passed", "failed", "raised", "missing"})
"""Results after which the process can run the next check."""
_VALUE_S = 10.0
"""What a problem's own checker may take for one value."""
_OVERTIME_S = 0.25
"""The driver notices an answer's deadline itself; this long later it is killed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """What a check came to."""

    kind: str
    """`passed`, `failed`, `raised`, `violation`, `gone`, `timeout`, `missing`, `broken`."""
    details: list[object]
    """Evidence as text; for `raised`: types, message, traceback."""
    calls: int
    """Calls that the answer answered."""


class _Checker:
    """A process that runs one check after the other; forked by the check server."""

    def __init__(self, job: bytes, connection: socket.socket) -> None:
        self.job = job
        self.checks = 0
        self.socket = connection
        self.channel = FrameChannel(connection.fileno())


class CheckDriver:
    """One check server for all threads of a judge; started when first needed.

    Checks are trusted, and see nothing of an answer but plain values: a process that
    ended one check in an orderly way runs the next one, which saves most of its cost.
    """

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._lock = threading.Lock()
        self._server: SandboxedProcess | None = None
        self._jobs = itertools.count()
        self._idle: list[_Checker] = []
        self._is_closed = False

    def run(self, judging: ByCheck, candidate: CandidateProcess) -> CheckResult:
        """Run a check against a loaded answer until the answer's deadline.

        Raise HarnessError where the check itself cannot be run.
        """
        checker = self._take()
        deadline = candidate.deadline + _OVERTIME_S
        order = [judging.entry_point, judging.prelude, judging.check_code, candidate.deadline]
        is_reusable = False
        try:
            socket.send_fds(checker.socket, [b"C"], [candidate.socket_fd])
            checker.channel.send(["", "check", *order], deadline=deadline)
            result = _result(checker.channel.receive(deadline=deadline))
            is_reusable = result.kind in _CLEAN_ENDS
            return result
        except DeadlineError:
            return CheckResult(kind="timeout", details=[""], calls=0)
        except (OSError, ProtocolViolation) as error:
            said = self._last_words()
            raise HarnessError(f"the check's process died: {error}; {said}") from None
        finally:
            self._give_back(checker, is_reusable=is_reusable)

    def explain(
        self, code: str, args: tuple[object, ...], expected: object, actual: object
    ) -> str | None:
        """Ask a problem's own `check(args, expected, actual)` what is wrong with a value.

        Return None where it is right; raise HarnessError where the check is broken.
        """
        if holds_opaque(actual):
            return f"{show(actual)}, which is not a plain value"
        checker = self._take()
        deadline = time.monotonic() + _VALUE_S
        is_reusable = False
        try:
            checker.socket.sendall(b"V")
            order = ["", "value", code, list(args), expected, actual]
            checker.channel.send(order, deadline=deadline)
            match checker.channel.receive(deadline=deadline):
                case ["", "right"]:
                    is_reusable = True
                    return None
                case ["", "wrong", str(why)]:
                    is_reusable = True
                    return f"{show(actual)}: {why or 'the checker rejects it'}"
                case ["", "broken", str(why)]:
                    raise HarnessError(f"the checker is broken: {why}")
            raise HarnessError("the checker's process sent a malformed reply")
        except DeadlineError:
            raise HarnessError(f"the checker took more than {_VALUE_S:g} s") from None
        except (OSError, ProtocolViolation) as error:
            said = self._last_words()
            raise HarnessError(f"the checker's process died: {error}; {said}") from None
        finally:
            self._give_back(checker, is_reusable=is_reusable)

    def _take(self) -> _Checker:
        """Return an idle process, or a new one."""
        with contextlib.suppress(IndexError):
            return self._idle.pop()
        ours, theirs = socket.socketpair()
        job = next(self._jobs).to_bytes(8, "big")
        try:
            with theirs:
                self._order(b"J" + job, [theirs.fileno()])
        except BaseException:
            ours.close()
            raise
        ours.setblocking(False)
        return _Checker(job, ours)

    def _give_back(self, checker: _Checker, *, is_reusable: bool) -> None:
        checker.checks += 1
        if is_reusable and checker.checks < _MAX_CHECKS and not self._is_closed:
            self._idle.append(checker)
            return
        checker.socket.close()
        with contextlib.suppress(HarnessError):  # a server that is gone took it along
            self._order(b"K" + checker.job, [])

    def start_early(self) -> None:
        """Begin to start the server, from a thread of its own."""

        def start() -> None:
            with self._lock, contextlib.suppress(LLMBenchError, OSError):
                self._running()

        threading.Thread(target=start, name="llmbench-checks", daemon=True).start()

    def _last_words(self) -> str:
        with self._lock:
            return self._server.read_output(1000).strip() if self._server else ""

    def _order(self, order: bytes, fds: list[int]) -> None:
        with self._lock:
            try:
                socket.send_fds(self._running().socket, [order], fds)
            except OSError as error:
                raise HarnessError(f"the check server cannot be reached: {error}") from None

    def _running(self) -> SandboxedProcess:
        if self._is_closed:
            raise HarnessError("the judge was closed")
        if self._server is not None and self._server.wait(0) is not None:
            self._server.close()
            self._server = None
        if self._server is None:
            self._server = self._start()
        return self._server

    def _start(self) -> SandboxedProcess:
        python = find_language("python")
        toolchain = python.toolchain()
        if toolchain is None:
            raise ConfigError(str(python.missing()))
        program = Program(
            toolchain=toolchain,
            flags=python.flags,
            worker="check_server.pyc",
            memory_bytes=2048 * _MIB,
            limits_address_space=True,
            output_bytes=_MIB,
            processes=512,
            cpu_s=None,
            takes_descriptors=True,
        )
        try:
            server = self._sandbox.start(program)
        except OSError as error:
            raise HarnessError(f"the check server did not start: {error}") from None
        try:
            channel = FrameChannel(server.socket.fileno())
            channel.receive(deadline=time.monotonic() + _START_S)
        except (ClosedError, DeadlineError, ProtocolViolation) as error:
            said = server.read_output(1000).strip()
            server.close()
            raise HarnessError(f"the check server did not start: {error}; {said}") from None
        return server

    def kill(self) -> None:
        """End the server and every check; later runs raise HarnessError."""
        self._is_closed = True
        server = self._server
        if server is not None:
            server.kill()

    def close(self) -> None:
        """Kill, and release everything."""
        self.kill()
        with self._lock:
            if self._server is not None:
                self._server.close()
                self._server = None
        while self._idle:
            self._idle.pop().socket.close()


def _result(message: list[object]) -> CheckResult:
    match message:
        case ["", str(kind), *details, int(calls)]:
            return CheckResult(kind=kind, details=details, calls=calls)
    raise ProtocolViolation("a malformed result")
