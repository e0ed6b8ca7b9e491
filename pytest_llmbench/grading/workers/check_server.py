"""Run benchmarks' own checks, in forked processes that each run one after the other.

Started once as `python check_server.pyc FD`. The checks and their expected values
live here and never in the process that runs the answer: `candidate` is a proxy
that calls it over a socket. On FD come fixed-size orders: `J` and an id, with a job
socket attached, starts a process for checks; `K` and an id kills it. On the job socket
comes one byte with the answer's socket attached, and then what to check; or one byte
without it, and then a problem's own checker with a value that an answer returned.
"""

from __future__ import annotations

import ast
import builtins
import contextlib
import gc
import importlib
import os
import reprlib
import signal
import socket
import sys
import time
import traceback
import types

sys.path.insert(0, sys.argv[0].rpartition("/")[0])
from pytest_llmbench.grading.frames import ClosedError, DeadlineError, FrameChannel
from pytest_llmbench.grading.values import ProtocolViolation, UnsendableError

del sys.path[0]

# What checks lean on most: imported once here, shared by every fork.
_WARM = ("collections", "copy", "functools", "itertools", "json", "math", "random", "re", "string",
         "typing")  # fmt: skip
_ORDER_BYTES = 9
_CHECK_FILE = "check.py"
_EVIDENCE_LIMIT = 3000
_OVERTIME_S = 1.0
_MAX_COMPILED = 512


def main() -> None:
    control = socket.socket(fileno=int(sys.argv[1]))
    sys.argv[:] = [_CHECK_FILE]
    FrameChannel(control.fileno()).send(["", "ready"])
    jobs: dict[bytes, int] = {}
    for name in _WARM:
        importlib.import_module(name)
    # Nothing here is garbage: a fork's collector must not touch, and so copy, it.
    gc.freeze()
    while True:
        order, fds = _receive(control)
        _reap(jobs)
        kind, job = order[:1], order[1:]
        if kind == b"K" and job in jobs:
            os.kill(jobs[job], signal.SIGKILL)
        elif kind == b"J":
            # Where no process can be had, closing the job's socket says so.
            with contextlib.suppress(OSError):
                jobs[job] = _fork(control, *fds)
            for fd in fds:
                os.close(fd)


def _receive(control: socket.socket) -> tuple[bytes, list[int]]:
    order, fds = b"", []
    while len(order) < _ORDER_BYTES:
        data, received, _, _ = socket.recv_fds(control, _ORDER_BYTES - len(order), 2)
        if not data:
            os._exit(0)
        order += data
        fds += received
    return order, fds


def _reap(jobs: dict[bytes, int]) -> None:
    for job, pid in list(jobs.items()):
        if os.waitpid(pid, os.WNOHANG)[0]:
            del jobs[job]


def _fork(control: socket.socket, job_fd: int) -> int:
    pid = os.fork()
    if pid:
        return pid
    try:
        control.close()
        # A check may print; nobody reads it.
        sink = os.open(os.devnull, os.O_WRONLY)
        os.dup2(sink, 1)
        os.dup2(sink, 2)
        _serve(socket.socket(fileno=job_fd))
    finally:
        os._exit(0)


def _serve(connection: socket.socket) -> None:
    job = FrameChannel(connection.fileno())
    while True:
        kind, fds, _, _ = socket.recv_fds(connection, 1, 1)
        if not kind:  # the judge has hung up
            return
        match job.receive():
            case [_, "value", str(code), *values]:
                job.send(["", *_checked(code, values)])
            case [_, "check", str(name), str(prelude), str(check), float(deadline)]:
                # A check that never calls the answer has no other clock in here.
                left_s = max(0.001, deadline + _OVERTIME_S - time.monotonic())
                signal.setitimer(signal.ITIMER_REAL, left_s)
                candidate = _Candidate(FrameChannel(fds[0]), name, deadline)
                result = _run(candidate, name, prelude, check)
                signal.setitimer(signal.ITIMER_REAL, 0)
                os.close(fds[0])
                job.send(["", *result, candidate.calls])


_compiled: dict[tuple[str, str], types.CodeType] = {}


def _compile(source: str, file: str) -> types.CodeType:
    """Compile a source once: the next answer to the same problem has the same checks."""
    code = _compiled.get((source, file))
    if code is None:
        code = compile(source, file, "exec", dont_inherit=True)
        if len(_compiled) >= _MAX_COMPILED:
            _compiled.clear()
        _compiled[source, file] = code
    return code


def _checked(code: str, values: list[object]) -> list[object]:
    """Ask a problem's `check(args, expected, actual)` about one value."""
    namespace: dict[str, object] = {"__name__": "checker"}
    try:
        exec(_compile(code, "checker.py"), namespace)  # noqa: S102
        check = namespace["check"]
    except BaseException as error:
        return ["broken", f"it cannot be defined: {_last_line(error)}"]
    try:
        is_right = check(*values)  # type: ignore[operator]
    except AssertionError as error:
        return ["wrong", str(error)[:_EVIDENCE_LIMIT]]
    except (TypeError, ValueError, LookupError, AttributeError, ArithmeticError) as error:
        return ["wrong", f"the checker could not use it: {_last_line(error)}"]
    except BaseException as error:
        return ["broken", _last_line(error)]
    if is_right is None:
        return ["broken", "check returned None; it has to return True or False"]
    return ["right"] if is_right else ["wrong", ""]


class _Stop(BaseException):
    """The check cannot go on; a check must not swallow it."""


class _Candidate:
    """What a check sees as `candidate`: calls cross to the answer's process."""

    def __init__(self, channel: FrameChannel, name: str, deadline: float) -> None:
        self._channel = channel
        self._name = name
        self._deadline = deadline
        self.calls = 0
        self.last = ""
        """The latest call and what came of it, for people."""
        self.stopped: list[object] | None = None
        """Why the check had to end: this decides, whatever the check does then."""
        self.raised: list[tuple[BaseException, list[object]]] = []
        self.attempts = 0

    def __call__(self, *args: object, **kwargs: object) -> object:
        if self.stopped:
            raise _Stop
        self.attempts += 1
        try:
            reply = self._channel.ask(
                "call", self._name, list(args), kwargs, deadline=self._deadline
            )
        except UnsendableError as error:
            raise self._stop("broken", f"the check passes what cannot be sent: {error}") from None
        except ProtocolViolation as error:
            raise self._stop("violation", str(error)) from None
        except ClosedError:
            raise self._stop("gone", "") from None
        except DeadlineError:
            raise self._stop("timeout", "") from None
        call = f"{self._name}({_arguments(args, kwargs)})"
        match reply:
            case ["value", value]:
                self.calls += 1
                self.last = f"{call} returned {_shown(value)}"
                if self._channel.has_received_opaque:
                    raise self._stop("failed", f"{self.last}, which is not a plain value")
                return value
            case ["raised", [str(), *_], str(message), str(trace)]:
                self.last = f"{call} raised"
                raise self._local_exception(reply[1], message, trace)  # type: ignore[arg-type]
            case ["missing"]:
                raise self._stop("missing", f"the answer defines no function {self._name}")
            case ["unsendable", str(kind), str(reason)]:
                raise self._stop("failed", f"{call} returned a {kind[:100]}: {reason[:300]}")
        raise self._stop("violation", "a malformed reply")

    def _stop(self, kind: str, evidence: str) -> _Stop:
        self.stopped = [kind, evidence[:_EVIDENCE_LIMIT]]
        return _Stop()

    def _local_exception(self, types: list[str], message: str, trace: str) -> BaseException:
        """Make the builtin exception that the answer's one is a kind of.

        Never an AssertionError: only the check's own asserts raise those.
        """
        report: list[object] = ["raised", [str(name) for name in types], message, trace]
        if types[0] in {"MemoryError", "SystemExit"}:
            self.stopped = report
            return _Stop()
        error: Exception = Exception(f"{types[0]}: {message}"[:1000])
        for name in types:
            kind = getattr(builtins, str(name), None)
            if not isinstance(kind, type) or not issubclass(kind, Exception):
                continue
            if kind in {AssertionError, Exception, StopIteration, StopAsyncIteration}:
                continue  # the last two would end a loop of the check in silence
            with contextlib.suppress(TypeError):
                error = kind(message[:1000])
                break
        self.raised.append((error, report))
        return error


def _run(candidate: _Candidate, name: str, prelude: str, check: str) -> list[object]:
    """Return the result's kind and its evidence."""
    namespace: dict[str, object] = {"__name__": "check"}
    try:
        for source, file in ((prelude, "prelude.py"), (check, _CHECK_FILE)):
            exec(_compile(source, file), namespace)  # noqa: S102
        function = namespace["check"]
    except BaseException as error:
        return ["broken", f"the check cannot be defined: {_last_line(error)}"]
    namespace[name] = candidate
    evidence = ""
    report: list[object] | None = None
    try:
        function(candidate)  # type: ignore[operator]
    except BaseException as error:
        evidence = _failure_text(error, check, candidate.last)
        report = next((report for raised, report in candidate.raised if raised is error), None)
        # The check itself ran out of memory or called exit: nothing of the answer's.
        is_own = isinstance(error, (MemoryError, SystemExit, KeyboardInterrupt))
        # Once it holds a value of the answer's, memory can be the answer's doing.
        is_answers = isinstance(error, MemoryError) and candidate.calls > 0
        if is_own and not is_answers and not report:
            candidate.stopped = candidate.stopped or ["broken", evidence]
    if candidate.stopped:
        return candidate.stopped
    if report:
        return report
    if evidence:
        return ["failed", evidence[:_EVIDENCE_LIMIT]]
    if not candidate.attempts:
        return ["broken", "the check ended without having called the answer"]
    if not candidate.calls:
        return ["failed", f"no call was answered; {candidate.last}"]
    return ["passed", ""]


def _failure_text(error: BaseException, check: str, last: str) -> str:
    """Name the check's statement that failed, the error, and the latest call."""
    lines = [f"{_statement(error, check)}"]
    if not isinstance(error, AssertionError) or str(error):
        lines.append(_last_line(error))
    if last:
        lines.append(last)
    return "\n".join(line[:1000] for line in lines if line)


def _statement(error: BaseException, check: str) -> str:
    places = [
        frame.lineno
        for frame in traceback.extract_tb(error.__traceback__, limit=200)
        if frame.filename == _CHECK_FILE and frame.lineno is not None
    ]
    if not places:
        return ""
    found: list[ast.stmt] = [
        node
        for node in ast.walk(ast.parse(check))
        if isinstance(node, (ast.Assert, ast.Expr, ast.Assign, ast.Return))
        and node.lineno <= places[-1] <= (node.end_lineno or node.lineno)
    ]
    if not found:
        return check.splitlines()[places[-1] - 1].strip()
    return ast.get_source_segment(check, found[-1]) or ""


def _last_line(error: BaseException) -> str:
    return "".join(traceback.format_exception_only(error)).strip().splitlines()[-1][:1000]


def _arguments(args: tuple[object, ...], kwargs: dict[str, object]) -> str:
    parts = [_shown(arg) for arg in args]
    parts += [f"{name}={_shown(value)}" for name, value in kwargs.items()]
    return ", ".join(parts)[:600]


def _shown(value: object) -> str:
    try:
        return _REPR.repr(value)[:600]
    except ValueError:  # an int with more digits than Python writes
        return f"<{type(value).__name__}>"


_REPR = reprlib.Repr()
_REPR.maxlevel = 6
_REPR.maxlist = _REPR.maxtuple = _REPR.maxset = _REPR.maxdict = 30
_REPR.maxstring = _REPR.maxother = 300


if __name__ == "__main__":
    main()
