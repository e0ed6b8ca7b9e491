"""The process that runs one answer, as its judge sees it."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pytest_llmbench.errors import ConfigError
from pytest_llmbench.grading.failures import (
    EVIDENCE_LIMIT,
    CallError,
    CandidateFailed,
    CandidateRaised,
    HarnessError,
)
from pytest_llmbench.grading.frames import ClosedError, DeadlineError, FrameChannel
from pytest_llmbench.grading.sandbox import Program, Sandbox
from pytest_llmbench.grading.values import Opaque, ProtocolViolation, UnsendableError, holds_opaque
from pytest_llmbench.hostile_text import shorten
from pytest_llmbench.languages import Build, Driver, Language, Toolchain, find_language
from pytest_llmbench.signature import Signature
from pytest_llmbench.vocabulary import Limits, Outcome

__all__ = ["MEMORY_WORDS", "CandidateProcess", "Compiled", "Ran", "worker_program"]

_MIB = 1024 * 1024
_SHOWN_OUTPUT_BYTES = 64 * 1024
_EXIT_S = 0.5
_SIGXCPU_STATUS = 128 + 24
_EXITED = "exited before it answered"
_TOGETHER = "its processes together used more memory than they may, and one or more were ended"
MEMORY_WORDS = (
    *("out of memory", "MemoryError", "Cannot allocate memory", "OutOfMemory"),
    *("insufficient memory for the Java Runtime", "allocation failed", "memory allocation of"),
    *("Heap exhausted", "heap overflow", "Out_of_memory", "Out of memory"),
    *("eheap_alloc: Cannot allocate", "Garbage collector could not allocate"),
)
_INTERACTIVE_CPU = 100
_WORKER_PROCESSES = 2
"""Of ours, in the same namespace: its first process and the worker."""
_PROGRAM_WORKER = "program_worker.pyc"
_BUILD_FILE_BYTES = 256 * _MIB
_BUILD_TMP_BYTES = 512 * _MIB
_BUILD_PROCESSES = 64
_NO_CACHE = "/nonexistent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What became of a whole program."""

    status: int
    """Exit status; 128 + the signal where it was killed."""
    stdout: str
    stderr: str
    """Its end, where it is long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiled:
    """What a compile server made of an answer."""

    is_compiled: bool
    said: str
    """By the compiler: what is wrong, where it could not be compiled."""
    files: Mapping[str, bytes]


CompileByServer = Callable[[Language, Mapping[str, str], float], Compiled | None]
"""Compiles files within seconds, or raises TimeoutError; None where a command has to do it."""


class CandidateProcess:
    """One answer in its sandbox: loaded once, then called.

    `kill` may be called from any thread, everything else from one at a time.
    """

    def __init__(
        self,
        sandbox: Sandbox,
        language: Language,
        limits: Limits,
        *,
        is_interactive: bool = False,
        is_program: bool = False,
        cache: Path | None = None,
        fills_cache: bool = False,
        compile_by_server: CompileByServer | None = None,
        on_close: Callable[[CandidateProcess], None] = lambda _: None,
    ) -> None:
        """Start a worker of the language; for a whole program, the one that builds and runs.

        An interactive process gives `limits.time_s` to each call, and a program to each
        run; any other has that long in all. Each has `limits.build_s` before. `cache` is
        the folder of the language's cache; only what fills it may write there. Raise
        HarnessError where it cannot be started.
        """
        self._sandbox = sandbox
        self.language = language
        self._limits = limits
        self._is_interactive = is_interactive
        self._cache = cache
        self._compile_by_server = compile_by_server
        self._on_close = on_close
        self._failure: CandidateFailed | HarnessError | None = None
        self._is_ready = False
        self._is_closed = False
        self._printed = ""
        self._program = worker_program(
            language,
            limits,
            is_interactive=is_interactive,
            is_program=is_program,
            cache=cache,
            fills_cache=fills_cache,
        )
        try:
            self._process = sandbox.start(self._program)
        except OSError as error:
            raise HarnessError(f"the sandbox did not start: {error}") from None
        self.deadline = time.monotonic() + limits.time_s
        """When an answer that is not interactive runs out of time."""
        self._channel = FrameChannel(self._process.socket.fileno())

    @property
    def socket_fd(self) -> int:
        """The judge's end of the socket, to hand to a trusted process."""
        return self._process.socket.fileno()

    def load(self, code: str, entry_point: str = "", signature: Signature | None = None) -> None:
        """Compile the answer and run its body, so that its functions can be called.

        Raise CandidateFailed where that goes wrong, and ConfigError where functions of
        this language cannot be called, or not with this signature.
        """
        if self.language.worker is not None:
            self._loaded(self._ask("load", code, doing="while it was loaded"))
            return
        driver = self.language.driver
        if driver is None:
            raise ConfigError(f"functions in {self.language.title} cannot be called")
        self.build(_driver_files(self.language, driver, code, entry_point, signature), driver.build)
        self.start_driver(driver.build)

    def start_driver(self, build: Build) -> None:
        """Start a driver that was built, which loads the answer."""
        command = self._command(build.run)
        self._loaded(self._ask("start", command, self._run_limits, doing="while it was loaded"))

    def _loaded(self, reply: list[object]) -> None:
        match reply:
            case ["loaded"]:
                return
            case ["compile_error", str(text)]:
                raise self.fail(Outcome.COMPILE_ERROR, text)
        raise self.failure_of(self.raised(reply))

    def build(self, files: Mapping[str, str | bytes], build: Build) -> None:
        """Compile files into a program; raise CandidateFailed where that goes wrong.

        The time for running begins afterwards.
        """
        commands = [self._command(command) for command in build.commands]
        environment = {
            name: _filled(value, self._places) for name, value in self.language.environment.items()
        }
        if build.is_served and commands and (made := self._by_server(files)) is not None:
            files, commands = made, []
        self.deadline = time.monotonic() + self._limits.build_s
        reply = self._ask(
            "build",
            dict(files),
            commands,
            environment,
            doing="while it was compiled",
            is_build=True,
        )
        match reply:
            case ["built"]:
                # Compiling may take more memory than running; what is built stays counted.
                self._process.limit_memory(self._run_limits[0])
                self.deadline = time.monotonic() + self._limits.time_s
                return
            case ["compile_error", str(text)]:
                raise self.fail(Outcome.COMPILE_ERROR, text)
        raise self.failure_of(self.raised(reply))

    def _by_server(self, files: Mapping[str, str | bytes]) -> Mapping[str, bytes] | None:
        """Have the language's compile server compile the files; None where none does."""
        sources = {name: text for name, text in files.items() if isinstance(text, str)}
        if self._compile_by_server is None or len(sources) < len(files):
            return None
        try:
            compiled = self._compile_by_server(self.language, sources, self._limits.build_s)
        except TimeoutError:
            raise self.diagnose(DeadlineError(), "while it was compiled") from None
        if compiled is not None and not compiled.is_compiled:
            raise self.fail(Outcome.COMPILE_ERROR, compiled.said)
        return compiled.files if compiled else None

    def run(self, build: Build, stdin: str) -> Ran:
        """Run what was built, to its end; raise CandidateFailed where it has none.

        Each run has `limits.time_s` of its own.
        """
        self.deadline = time.monotonic() + self._limits.time_s
        reply = self._ask(
            "run", self._command(build.run), stdin, self._run_limits, doing="while it ran"
        )
        match reply:
            case ["ran", int(status), bytes(stdout), bytes(stderr), int(size)]:
                if size >= self._limits.output_bytes:
                    raise self.fail(Outcome.OUTPUT_LIMIT, self._flood)
                if self._process.was_out_of_memory:
                    raise self.fail(Outcome.MEMORY_LIMIT, stderr.decode("utf-8", "replace"))
                return Ran(
                    status=status if status >= 0 else 128 - status,
                    stdout=stdout.decode("utf-8", "replace"),
                    stderr=stderr.decode("utf-8", "replace"),
                )
        raise self.failure_of(self.raised(reply))

    def _command(self, words: Sequence[str]) -> list[str]:
        """Put paths as the sandbox shows them, and figures, into a command."""
        values = {**self._places, "heap_mib": str(max(16, self._limits.memory_bytes // _MIB))}
        head = values.get(words[0]) or _filled(words[0], values)
        return [head, *(_filled(word, values) for word in words[1:])]

    @property
    def _places(self) -> dict[str, str]:
        """Where the sandbox shows the toolchain's programs and the cache."""
        toolchain = self.language.toolchain()
        assert toolchain is not None, "checked by worker_program"
        shown = self._program.folders
        places = {name: self._sandbox.place(path, shown) for name, path in toolchain.programs}
        cache = self._sandbox.place(self._cache, shown) if self._cache else _NO_CACHE
        return {**places, "cache": cache}

    @property
    def _run_limits(self) -> list[int]:
        """What a program may use, as the worker sets it."""
        cpu_s = math.ceil(self._limits.time_s) + 1
        return [
            self._limits.memory_bytes + self.language.overhead_bytes,
            self._limits.output_bytes,
            self._limits.processes + self.language.processes + _WORKER_PROCESSES,
            cpu_s * _INTERACTIVE_CPU if self._is_interactive else cpu_s,
            int(self.language.limits_address_space),
        ]

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

    def _ask(self, kind: str, *parts: object, doing: str, is_build: bool = False) -> list[object]:
        if self._failure is not None:
            raise self._failure
        if self._is_closed:
            raise HarnessError("the answer's process was closed")
        if self._is_interactive and not is_build:
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
                said = f"{error.types[0]}: {message}"
                is_memory = any(words in said for words in MEMORY_WORDS)
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
            is_build = doing.endswith("compiled")
            limit_s = self._limits.build_s if is_build else self._limits.time_s
            limit = f"no answer within {limit_s:g} s {doing}"
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
        if any(words in said for words in MEMORY_WORDS):
            return self.fail(Outcome.MEMORY_LIMIT, said)
        died = f"the process died with status {status} {doing}"
        return self.fail(Outcome.RUNTIME_ERROR, f"{died}\n{said}".rstrip())

    @property
    def has_flooded(self) -> bool:
        """Whether it printed as much as it may."""
        return self._process.output_size >= self._limits.output_bytes

    @property
    def _flood(self) -> str:
        return f"printed {self._limits.output_bytes} bytes or more"

    def fail(self, outcome: Outcome, evidence: str) -> CandidateFailed:
        """Settle the outcome; limits that were hit come before all others."""
        if self.has_flooded:
            outcome = Outcome.OUTPUT_LIMIT
            evidence = self._flood
        elif self._process.was_out_of_memory:
            outcome = Outcome.MEMORY_LIMIT
            evidence = f"{_TOGETHER}\n{evidence}".rstrip()
        failure = CandidateFailed(outcome, shorten(evidence, EVIDENCE_LIMIT))
        self._failure = failure
        return failure

    def _broken(self, why: str) -> HarnessError:
        self._failure = HarnessError(shorten(why, EVIDENCE_LIMIT))
        return self._failure

    def finish(self) -> None:
        """End the process and make sure that it said nothing unasked.

        Raise CandidateFailed where it did, or where a limit was hit, although it answered.
        """
        self.kill()
        self._process.wait(_EXIT_S)
        try:
            self._channel.expect_silence()
        except ProtocolViolation as error:
            raise self.diagnose(error, "after its last answer") from None
        if self.has_flooded:
            raise self.fail(Outcome.OUTPUT_LIMIT, "")
        if self._process.was_out_of_memory:
            raise self.fail(Outcome.MEMORY_LIMIT, "")

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


def worker_program(
    language: Language,
    limits: Limits,
    *,
    is_interactive: bool = False,
    is_program: bool = False,
    cache: Path | None = None,
    fills_cache: bool = False,
) -> Program:
    """Return what has to be started for an answer; raise ConfigError without a toolchain."""
    toolchain = language.toolchain()
    if toolchain is None:
        raise ConfigError(str(language.missing()))
    if fills_cache:
        program = _program_worker(language, toolchain, limits, cache)
        return replace(program, writable=cache, fork_server=None)
    if language.worker is None or is_program:
        return _program_worker(language, toolchain, limits, cache)
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


def _program_worker(
    language: Language, toolchain: Toolchain, limits: Limits, cache: Path | None
) -> Program:
    """Return the worker that compiles and starts programs of any language.

    Its own limits are those of compiling; it lowers them for what it runs.
    """
    python = find_language("python")
    interpreter = python.toolchain()
    if interpreter is None:
        raise ConfigError(str(python.missing()))
    return Program(
        toolchain=interpreter,
        flags=python.flags,
        worker=_PROGRAM_WORKER,
        memory_bytes=max(language.build_bytes, limits.memory_bytes + language.overhead_bytes),
        limits_address_space=False,
        output_bytes=max(_BUILD_FILE_BYTES, limits.output_bytes),
        processes=max(_BUILD_PROCESSES, limits.processes) + language.processes + _WORKER_PROCESSES,
        cpu_s=None,
        folders=toolchain.folders if cache is None else (*toolchain.folders, cache),
        tmp_bytes=_BUILD_TMP_BYTES,
        fork_server=python.fork_server,
    )


def _driver_files(
    language: Language, driver: Driver, code: str, entry_point: str, signature: Signature | None
) -> Mapping[str, str]:
    if driver.needs_signature and signature is None:
        raise ConfigError(
            f"calling functions in {language.title} needs a signature, "
            "like 'add(a: int, b: int) -> int'"
        )
    try:
        return driver.files(code, entry_point, signature)
    except ValueError as error:
        raise ConfigError(f"{language.title}: {error}") from None


def _filled(word: str, values: Mapping[str, str]) -> str:
    for name, value in values.items():
        word = word.replace(f"{{{name}}}", value)
    return word
