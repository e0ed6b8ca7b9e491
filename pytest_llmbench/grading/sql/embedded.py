"""SQLite and DuckDB: engines that live in the process that uses them, so in the sandbox.

Each run has a process of its own, forked from a warm one, and a database in its memory.
What comes back is hostile like everything from a sandbox: the answer's rows may come from
an engine that it has taken over. It gains nothing, because the rows expected are never there.
"""

from __future__ import annotations

import contextlib
import importlib.util
import math
import threading
import time
from collections.abc import Callable
from datetime import date, datetime, timedelta
from datetime import time as clock
from decimal import Decimal, InvalidOperation
from pathlib import Path

from pytest_llmbench.errors import ConfigError, LLMBenchError
from pytest_llmbench.grading.failures import CandidateFailed, HarnessError
from pytest_llmbench.grading.frames import ClosedError, DeadlineError, FrameChannel
from pytest_llmbench.grading.sandbox import Program, Sandbox, SandboxedProcess
from pytest_llmbench.grading.sql.engine import Task, change_failed, no_rows, timed_out
from pytest_llmbench.grading.sql.rows import Table
from pytest_llmbench.grading.values import ProtocolViolation
from pytest_llmbench.hostile_text import shorten
from pytest_llmbench.languages import find_language
from pytest_llmbench.vocabulary import Limits, Outcome

__all__ = ["DuckDB", "SQLite"]

_EXIT_S = 0.5
_START_S = 10.0
_SIGXCPU_STATUS = 128 + 24
_MEMORY_WORDS = ("MemoryError", "Cannot allocate memory", "bad_alloc")
_OUTCOMES = {
    "syntax": Outcome.COMPILE_ERROR,
    "error": Outcome.RUNTIME_ERROR,
    "memory": Outcome.MEMORY_LIMIT,
}


class _Embedded:
    """What the two have in common: a worker in the sandbox for every run."""

    def __init__(
        self,
        sandbox: Sandbox,
        dialect: str,
        *,
        paths: tuple[Path, ...] = (),
        limits_address_space: bool,
    ) -> None:
        self._sandbox = sandbox
        self._dialect = dialect
        self._paths = paths
        self._limits_address_space = limits_address_space
        self._lock = threading.Lock()
        self._live: set[SandboxedProcess] = set()
        self._is_closed = False

    def warm_up(self) -> None:
        """Start the fork server and import the engine there, in a thread."""

        def start() -> None:
            with contextlib.suppress(LLMBenchError, CandidateFailed, OSError):
                self.run(Task(setup="", sql="SELECT 1", state=(), limits=Limits()))

        threading.Thread(target=start, name=f"llmbench-{self._dialect}", daemon=True).start()

    def run(self, task: Task) -> tuple[Table, ...]:
        process = self._start(task.limits)
        try:
            return self._run(process, task)
        finally:
            with self._lock:
                self._live.discard(process)
            process.close()

    def _start(self, limits: Limits) -> SandboxedProcess:
        try:
            process = self._sandbox.start(self._program(limits))
        except OSError as error:
            raise HarnessError(f"the sandbox did not start: {error}") from None
        with self._lock:
            self._live.add(process)
            if self._is_closed:
                process.kill()
        return process

    def _program(self, limits: Limits) -> Program:
        python = find_language("python")
        toolchain = python.toolchain()
        if toolchain is None:
            raise ConfigError(str(python.missing()))
        return Program(
            toolchain=toolchain,
            flags=python.flags,
            worker="sql_worker.pyc",
            memory_bytes=limits.memory_bytes,
            limits_address_space=self._limits_address_space,
            output_bytes=limits.output_bytes,
            processes=limits.processes,
            # The parent's clock ends an answer; this is for when the parent is gone.
            cpu_s=math.ceil(limits.time_s) + 1,
            folders=self._paths,
            fork_server=python.fork_server,
        )

    def _run(self, process: SandboxedProcess, task: Task) -> tuple[Table, ...]:
        channel = FrameChannel(process.socket.fileno())
        self._set_up(process, channel, task)
        deadline = time.monotonic() + task.limits.time_s
        request = ["run", task.sql, list(task.state), task.limits.output_bytes]
        try:
            reply = channel.ask(*request, deadline=deadline)  # type: ignore[arg-type]
            process.kill()
            process.wait(_EXIT_S)
            channel.expect_silence()
        except DeadlineError:
            raise timed_out(task.limits) from None
        except ProtocolViolation as error:
            raise _broke(str(error)) from None
        except ClosedError:
            raise _died(process, task.limits) from None
        return _tables(reply, task)

    def _set_up(self, process: SandboxedProcess, channel: FrameChannel, task: Task) -> None:
        # The answer is not in there yet: whatever goes wrong until then is ours.
        deadline = time.monotonic() + max(_START_S, task.limits.time_s)
        toolchain = find_language("python").toolchain()
        shown = (*(toolchain.folders if toolchain else ()), *self._paths)
        paths = [self._sandbox.place(path, shown) for path in self._paths]
        try:
            channel.receive(deadline=deadline)
            memory_bytes = task.limits.memory_bytes
            request = ["setup", self._dialect, task.setup, memory_bytes, paths]
            reply = channel.ask(*request, deadline=deadline)  # type: ignore[arg-type]
        except (ClosedError, DeadlineError, ProtocolViolation) as error:
            process.kill()
            process.wait(_EXIT_S)
            said = process.read_output(1000).strip()
            raise HarnessError(f"{self._dialect} did not start: {error}; {said}") from None
        if reply != ["ready"]:
            raise HarnessError(f"the problem's setup failed: {reply[-1]}")

    def close(self) -> None:
        with self._lock:
            self._is_closed = True
            live = list(self._live)
        for process in live:
            process.kill()


def _broke(how: str) -> CandidateFailed:
    return CandidateFailed(Outcome.WRONG_ANSWER, f"broke the protocol: {how}")


def _died(process: SandboxedProcess, limits: Limits) -> CandidateFailed:
    status = process.wait(_EXIT_S)
    process.kill()
    if status == _SIGXCPU_STATUS:
        return timed_out(limits)
    said = shorten(process.read_output(64 * 1024).strip(), 1000)
    if any(words in said for words in _MEMORY_WORDS):
        return CandidateFailed(Outcome.MEMORY_LIMIT, said)
    died = f"the engine died with status {status}\n{said}".rstrip()
    return CandidateFailed(Outcome.RUNTIME_ERROR, died)


def _tables(reply: list[object], task: Task) -> tuple[Table, ...]:
    match reply:
        case ["failed", "size", _]:
            words = f"the result is larger than {task.limits.output_bytes} bytes"
            raise CandidateFailed(Outcome.OUTPUT_LIMIT, words)
        case ["failed", "state", str(message)]:
            raise change_failed("; ".join(task.state), message)
        case ["failed", str(kind), str(message)]:
            raise CandidateFailed(_OUTCOMES.get(kind, Outcome.RUNTIME_ERROR), message)
        case ["tables", []] if not task.state:
            raise no_rows()
        case ["tables", [*tables]] if len(tables) == (len(task.state) or 1):
            try:
                return tuple(map(_table, tables))
            except ValueError as error:
                raise _broke(str(error)) from None
    raise _broke("a malformed reply")


def _table(table: object) -> Table:
    match table:
        case [int(columns), [*rows]] if all(isinstance(row, list) for row in rows):
            return Table.of([[_value(cell) for cell in row] for row in rows], columns)  # type: ignore[attr-defined]
    raise ValueError("a malformed table")


def _value(cell: object) -> object:
    """Read what `sql_worker.py` wrote for values that are not plain."""
    match cell:
        case list():
            return [_value(item) for item in cell]
        case dict():
            return {key: _value(item) for key, item in cell.items()}
        case ("interval", int(microseconds)):
            return _read(lambda: timedelta(microseconds=microseconds), str(microseconds))
        case (str(kind), str(text)) if kind in _READERS:
            return _read(lambda: _READERS[kind](text), text)
    return cell


_READERS: dict[str, Callable[[str], object]] = {
    "decimal": Decimal,
    "date": date.fromisoformat,
    "datetime": datetime.fromisoformat,
    "time": clock.fromisoformat,
    "text": str,
}


def _read(read: Callable[[], object], text: str) -> object:
    try:
        return read()
    except (ValueError, OverflowError, InvalidOperation):
        return text


class SQLite(_Embedded):
    """SQLite as Python brings it."""

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__(sandbox, "sqlite", limits_address_space=True)

    def missing(self) -> str | None:
        if importlib.util.find_spec("_sqlite3") is None:
            return "sqlite needs a Python that was built with SQLite (install libsqlite3-dev)"
        return find_language("python").missing()

    def version(self) -> str | None:
        if self.missing():
            return None
        import sqlite3

        return sqlite3.sqlite_version


class DuckDB(_Embedded):
    """DuckDB as its Python package brings it."""

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__(sandbox, "duckdb", paths=_duckdb_paths(), limits_address_space=False)

    def missing(self) -> str | None:
        if not self._paths:
            return "duckdb needs its Python package: pip install 'pytest-llmbench[sql]'"
        return find_language("python").missing()

    def version(self) -> str | None:
        from importlib.metadata import version

        return version("duckdb") if self._paths else None


def _duckdb_paths() -> tuple[Path, ...]:
    """Return the package's folder and its library, and nothing else of where they are."""
    package, library = (importlib.util.find_spec(name) for name in ("duckdb", "_duckdb"))
    if package is None or library is None or not package.origin or not library.origin:
        return ()
    return Path(package.origin).parent, Path(library.origin)
