"""What an engine of SQL is: something that runs a problem's statements in a fresh place."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from pytest_llmbench.grading.failures import CandidateFailed
from pytest_llmbench.grading.sql.rows import Table
from pytest_llmbench.vocabulary import Limits, Outcome

__all__ = ["Collector", "Engine", "Task", "change_failed", "no_rows", "timed_out"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """Statements to run: an answer's, or the problem's own right ones."""

    setup: str
    """Trusted: makes the data."""
    sql: str
    """Not trusted."""
    state: tuple[str, ...]
    """Trusted: asked afterwards, where the task is to change data; else `sql` is to return
    rows, and may change nothing."""
    limits: Limits


class Engine(Protocol):
    """One dialect. `run` may be called from any number of threads."""

    def missing(self) -> str | None:
        """Return None where it can be run here, else what to install or to set."""
        ...

    def version(self) -> str | None:
        """Return the engine's version, or None where it cannot be had."""
        ...

    def warm_up(self) -> None:
        """Begin to start what takes long to start, and return at once."""
        ...

    def run(self, task: Task) -> tuple[Table, ...]:
        """Return the rows of the answer, or those of every query of the state.

        Raise CandidateFailed where the statements fail, and HarnessError where the setup
        or the engine does.
        """
        ...

    def close(self) -> None:
        """Stop what was started and remove what was made; running tasks fail."""
        ...


class Collector:
    """The rows of an answer's last query, as many bytes of them as it may give."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._left = max_bytes
        self._rows: list[Sequence[object]] = []
        self._columns: int | None = None

    def begin(self, columns: int) -> None:
        """Forget the rows so far: another query has been run."""
        self._rows = []
        self._columns = columns

    def add(self, row: Sequence[object], size: int | None = None) -> None:
        self.spend(8 + (sum(map(_size, row)) if size is None else size))
        self._rows.append(row)

    def spend(self, size: int) -> None:
        """Raise CandidateFailed once more bytes came than may be."""
        self._left -= size
        if self._left < 0:
            words = f"the result is larger than {self._max_bytes} bytes"
            raise CandidateFailed(Outcome.OUTPUT_LIMIT, words)

    def table(self) -> Table:
        if self._columns is None:
            raise no_rows()
        return Table.of(self._rows, self._columns)


def _size(cell: object) -> int:
    if isinstance(cell, str | bytes):
        return len(cell) + 8
    if isinstance(cell, Iterable):
        return 8 + sum(map(_size, cell))
    return 8


def no_rows() -> CandidateFailed:
    return CandidateFailed(Outcome.WRONG_ANSWER, "no statement returned rows: none is a query")


def timed_out(limits: Limits) -> CandidateFailed:
    return CandidateFailed(Outcome.TIMEOUT, f"no result within {limits.time_s:g} s")


def change_failed(query: str, message: str) -> CandidateFailed:
    """Say that a query of the state failed: it works on what the right statements leave."""
    return CandidateFailed(Outcome.WRONG_ANSWER, f"afterwards, {query}\n{message}")
