"""The process that runs one answer, as its judge sees it."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence

from pytest_llmbench.errors import ConfigError
from pytest_llmbench.grading.failures import (
    EVIDENCE_LIMIT,
    CallError,
    CandidateFailed,
    CandidateRaised,
    HarnessError,
)
from pytest_llmbench.grading.frames import ClosedError, DeadlineError, FrameChannel
from pytest_llmbench.grading.languages import Language
from pytest_llmbench.grading.sandbox import Program, SandboxedProcess
from pytest_llmbench.grading.values import Opaque, ProtocolViolation, UnsendableError, holds_opaque
from pytest_llmbench.hostile_text import shorten
from pytest_llmbench.vocabulary import Limits, Outcome

__all__ = ["CandidateProcess", "worker_program"]

_MIB = 1024 * 1024
_SHOWN_OUTPUT_BYTES = 64 * 1024
_EXIT_S = 0.5
_SIGXCPU_STATUS = 128 + 24
_EXITED = "exited before it answered"
_HEAP_WORDS = ("heap out of memory", "MemoryError", "Cannot allocate memory")
_INTERACTIVE_CPU = 100


class CandidateProcess:
    """One answer in its sandbox: loaded once, then called.

    `kill` may be called from any thread, everything else from one at a time.
    """

    def __init__(
        self,
        start: Callable[[Program], SandboxedProcess],
        language: Language,
        limits: Limits,
        *,
        is_interactive: bool = False,
        on_close: Callable[[CandidateProcess], None] = lambda _: None,
    ) -> None:
        """Take a worker of the language from `start`.

        An interactive process gives `limits.time_s` to each call; any other has
        that long in all. Raise HarnessError where it cannot be started.
        """
        self.language = language
        self._limits = limits
        self._is_interactive = is_interactive
        self._on_close = on_close
        self._failure: CandidateFailed | HarnessError | None = None
        self._is_ready = False
        self._is_closed = False
        self._printed = ""
        self.deadline = time.monotonic() + limits.time_s
        """When an answer that is not interactive runs out of time."""
        program = worker_program(language, limits, is_interactive=is_interactive)
        try:
            self._process = start(program)
        except OSError as error:
            raise HarnessError(f"the sandbox did not start: {error}") from None
        self._channel = FrameChannel(self._process.socket.fileno())

    @property
    def socket_fd(self) -> int:
        """The judge's end of the socket, to hand to a trusted process."""
        return self._process.socket.fileno()

    def load(self, code: str) -> None:
        """Run the answer's body; raise CandidateFailed where that goes wrong."""
        reply = self._ask("load", code, doing="while it was loaded")
        match reply:
            case ["loaded"]:
                return
            case ["compile_error", str(text)]:
                raise self.fail(Outcome.COMPILE_ERROR, text)
        error = self.raised(reply)
        raise self.failure_of(error)

    def call(
        self, name: str, args: Sequence[object] = (), kwargs: Mapping[str, object] | None = None
    ) -> object:
        """Call a function of the answer and return a copy of its value.

        Raise CandidateRaised where it raises, and CandidateFailed where the
        answer cannot go on; CallError for arguments that are not plain values, and
        TypeError where such an argument came from the answer itself.
        """
        if kwargs and self.language.name != "python":
            raise CallError(f"{self.language.name} has no keyword arguments")
        reply = self._ask(
            "call", name, list(args), dict(kwargs or {}), doing=f"in a call of {name}"
        )
        match reply:
            case ["value", value]:
                return value
            case ["missing"]:
                raise self.fail(Outcome.RUNTIME_ERROR, f"the answer defines no function {name}")
            case ["unsendable", str(type_name), str(reason)]:
                return Opaque(type_name[:100], reason[:200])
        raise self.raised(reply)

    def _ask(self, kind: str, *parts: object, doing: str) -> list[object]:
        if self._failure is not None:
            raise self._failure
        if self._is_closed:
            raise HarnessError("the answer's process was closed")
        if self._is_interactive:
            self.deadline = time.monotonic() + self._limits.time_s
        try:
            if not self._is_ready:
                self._await_ready()
            reply = self._channel.ask(kind, *parts, deadline=self.deadline)
        except UnsendableError as error:
            if holds_opaque(parts):  # the answer's own value, handed back to it
                raise TypeError(str(error)) from None
            raise CallError(str(error)) from None
        except (ClosedError, DeadlineError, ProtocolViolation) as error:
            raise self.diagnose(error, doing) from None
        if self.has_flooded:
            raise self.fail(Outcome.OUTPUT_LIMIT, "")
        return reply

    def _await_ready(self) -> None:
        # The worker speaks once before it is given the answer: what goes wrong
        # until then is ours.
        try:
            hello = self._channel.receive(deadline=self.deadline)
        except (ClosedError, DeadlineError, ProtocolViolation) as error:
            self._process.kill()
            self._process.wait(_EXIT_S)
            said = self._process.read_output(1000).strip()
            raise self._broken(f"the sandbox did not start: {error}; {said}") from None
        if hello != ["", "ready"]:
            raise self._broken("the sandbox started something else")
        self._is_ready = True

    def raised(self, reply: list[object]) -> CandidateRaised | CandidateFailed:
        """Read a reply that says that the answer raised an exception."""
        match reply:
            case ["raised", [*types], str(message), str(trace)] if types and all(
                isinstance(name, str) for name in types
            ):
                error = CandidateRaised(tuple(map(str, types)), message[:1000], trace[:4000])
                is_memory = error.types[0] == "MemoryError" or "allocation failed" in message
                return self.fail(Outcome.MEMORY_LIMIT, trace) if is_memory else error
        return self.fail(Outcome.WRONG_ANSWER, "broke the protocol: a malformed reply")

    def failure_of(self, error: CandidateRaised | CandidateFailed) -> CandidateFailed:
        """Decide the outcome of an answer from an exception that it raised."""
        if isinstance(error, CandidateFailed):
            return error
        if error.types[0] == "SystemExit" and error.message == "0":
            return self.fail(Outcome.WRONG_ANSWER, _EXITED)
        return self.fail(Outcome.RUNTIME_ERROR, error.traceback)

    def diagnose(self, error: BaseException, doing: str) -> CandidateFailed | HarnessError:
        """Say why there is no answer, from what became of the process."""
        if self._failure is not None:
            return self._failure
        if isinstance(error, DeadlineError):
            self._process.kill()
            limit = f"no answer within {self._limits.time_s:g} s {doing}"
            return self.fail(Outcome.TIMEOUT, limit)
        if isinstance(error, ProtocolViolation):
            return self.fail(Outcome.WRONG_ANSWER, f"broke the protocol: {error}")
        return self._diagnose_end(doing)

    def _diagnose_end(self, doing: str) -> CandidateFailed:
        status = self._process.wait(_EXIT_S)
        self._process.kill()
        if status is None:
            return self.fail(Outcome.WRONG_ANSWER, f"broke the protocol: hung up {doing}")
        if status == 0:
            return self.fail(Outcome.WRONG_ANSWER, _EXITED)
        if status == _SIGXCPU_STATUS:
            return self.fail(Outcome.TIMEOUT, f"used up its CPU time {doing}")
        said = shorten(self._process.read_output(_SHOWN_OUTPUT_BYTES).strip(), 2000)
        if any(words in said for words in _HEAP_WORDS):
            return self.fail(Outcome.MEMORY_LIMIT, said)
        died = f"the process died with status {status} {doing}"
        return self.fail(Outcome.RUNTIME_ERROR, f"{died}\n{said}".rstrip())

    @property
    def has_flooded(self) -> bool:
        """Whether it printed as much as it may."""
        return self._process.output_size >= self._limits.output_bytes

    def fail(self, outcome: Outcome, evidence: str) -> CandidateFailed:
        """Settle the outcome; having printed too much comes before all others."""
        if self.has_flooded:
            outcome = Outcome.OUTPUT_LIMIT
            evidence = f"printed {self._limits.output_bytes} bytes or more"
        failure = CandidateFailed(outcome, shorten(evidence, EVIDENCE_LIMIT))
        self._failure = failure
        return failure

    def _broken(self, why: str) -> HarnessError:
        self._failure = HarnessError(shorten(why, EVIDENCE_LIMIT))
        return self._failure

    def finish(self) -> None:
        """End the process and make sure that it said nothing unasked.

        Raise CandidateFailed where it did, or where it printed too much.
        """
        self.kill()
        self._process.wait(_EXIT_S)
        try:
            self._channel.expect_silence()
        except ProtocolViolation as error:
            raise self.diagnose(error, "after its last answer") from None
        if self.has_flooded:
            raise self.fail(Outcome.OUTPUT_LIMIT, "")

    def output(self) -> str:
        """Return the beginning of what the answer printed."""
        if self._is_closed:
            return self._printed
        return self._process.read_output(_SHOWN_OUTPUT_BYTES)

    def kill(self) -> None:
        """End every process of the answer at once; from any thread."""
        self._process.kill()

    def close(self) -> None:
        """Kill what is left and release everything; any number of times."""
        if self._is_closed:
            return
        self.kill()
        self._printed = self.output()
        self._is_closed = True
        self._process.close()
        self._on_close(self)


def worker_program(language: Language, limits: Limits, *, is_interactive: bool = False) -> Program:
    """Return what has to be started for an answer; raise ConfigError without a toolchain."""
    toolchain = language.toolchain()
    if toolchain is None:
        raise ConfigError(str(language.missing()))
    flags = language.flags
    memory_bytes = limits.memory_bytes
    if language.memory_flag:
        flags = (*flags, language.memory_flag.format(max(16, memory_bytes // _MIB)))
        memory_bytes += language.overhead_bytes
    # The parent's clock ends an answer; this is for when the parent is gone.
    cpu_s = math.ceil(limits.time_s) + 1
    return Program(
        toolchain=toolchain,
        flags=flags,
        worker=language.worker,
        memory_bytes=memory_bytes,
        limits_address_space=language.limits_address_space,
        output_bytes=limits.output_bytes,
        processes=limits.processes,
        cpu_s=cpu_s * _INTERACTIVE_CPU if is_interactive else cpu_s,
        fork_server=language.fork_server,
    )
