"""Judge SQL: run it in its dialect's engine, and compare rows where it cannot look."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Iterable, Mapping
from concurrent.futures import Future

from pytest_llmbench.errors import LLMBenchError
from pytest_llmbench.grading.failures import EVIDENCE_LIMIT, CandidateFailed, HarnessError
from pytest_llmbench.grading.sandbox import Sandbox
from pytest_llmbench.grading.sql.embedded import DuckDB, SQLite
from pytest_llmbench.grading.sql.engine import Engine, Task
from pytest_llmbench.grading.sql.mysql import MySQL
from pytest_llmbench.grading.sql.oracle import Oracle
from pytest_llmbench.grading.sql.postgresql import PostgreSQL
from pytest_llmbench.grading.sql.rows import Table, explain
from pytest_llmbench.hostile_text import shorten
from pytest_llmbench.languages.dialects import find_dialect
from pytest_llmbench.vocabulary import Assurance, BySql, Limits, Outcome, Secret, Verdict

__all__ = ["SqlJudge"]

_GOLD_PATIENCE = 3
"""How many times as long as an answer the problem's own query may take."""


class SqlJudge:
    """Grades answers in SQL, from any number of threads.

    The rows expected are those of the problem's own query, run once per problem before
    any of its answers, and kept here: no engine ever holds them beside an answer.
    """

    def __init__(self, sandbox: Sandbox, urls: Mapping[str, Secret] | None = None) -> None:
        """Take URLs of servers by dialect; a dialect without one starts its own."""
        urls = urls or {}
        self._engines: Mapping[str, Engine] = {
            "sqlite": SQLite(sandbox),
            "duckdb": DuckDB(sandbox),
            "postgresql": PostgreSQL(urls.get("postgresql")),
            "mysql": MySQL(urls.get("mysql")),
            "oracle": Oracle(urls.get("oracle")),
        }
        self._lock = threading.Lock()
        self._expected: dict[tuple[str, int], tuple[BySql, Future[tuple[Table, ...]]]] = {}
        self._is_closed = False

    def missing(self, dialect: str) -> str | None:
        """Return None where a dialect can be run here, else what to install or to set."""
        return self._engine(dialect).missing()

    def version(self, dialect: str) -> str | None:
        """Return the version of a dialect's engine, or None where it is missing.

        Asks a server over its URL; takes as long as that does.
        """
        return self._engine(dialect).version()

    def warm_up(self, dialects: Iterable[str]) -> None:
        """Begin to start the engines that will be needed, and return at once."""
        for dialect in set(dialects):
            engine = self._engine(dialect)
            if engine.missing() is None:
                engine.warm_up()

    def grade(self, dialect: str, judging: BySql, code: str, limits: Limits) -> Verdict:
        """Judge one answer; wait until it is done.

        Whatever the answer does, this returns a verdict. Trouble of the engine, and a
        problem whose own statements fail, are `Outcome.ERROR`.
        """
        try:
            engine = self._engine(dialect)
            if missing := engine.missing():
                raise HarnessError(missing)
            expected = self._rows_expected(dialect, engine, judging, limits)
            verdict = _grade(engine, judging, code, limits, expected)
        except LLMBenchError as error:
            verdict = _error(str(error))
        if self._is_closed and verdict.outcome is not Outcome.PASSED:
            verdict = _error("the judge was closed")
        return verdict

    def close(self) -> None:
        """Stop every engine and what runs in it, from any thread."""
        self._is_closed = True
        for engine in self._engines.values():
            engine.close()

    def _engine(self, dialect: str) -> Engine:
        return self._engines[find_dialect(dialect).name]

    def _rows_expected(
        self, dialect: str, engine: Engine, judging: BySql, limits: Limits
    ) -> tuple[Table, ...]:
        """Return what is expected; run the problem's own statements only once."""
        key = (dialect, id(judging))  # kept beside it: rows may hold what has no hash
        with self._lock:
            is_first = key not in self._expected
            _, future = self._expected.setdefault(key, (judging, Future()))
        if is_first:
            try:
                future.set_result(_find_expected(engine, judging, limits))
            except BaseException as error:
                if not isinstance(error, _BrokenProblemError):  # the next answer may have luck
                    with self._lock:
                        del self._expected[key]
                future.set_exception(error)
        return future.result()


class _BrokenProblemError(HarnessError):
    """The problem's own rows or statements are no good."""


def _find_expected(engine: Engine, judging: BySql, limits: Limits) -> tuple[Table, ...]:
    if judging.rows is not None:
        if len(judging.state) > 1:
            raise _BrokenProblemError(
                "the problem has rows for one query only; give it a `query` instead"
            )
        try:
            return (Table.of(judging.rows),)
        except ValueError as error:
            raise _BrokenProblemError(f"the problem's own rows are broken: {error}") from None
    if judging.query is None:
        raise _BrokenProblemError("the problem has neither rows nor a query of its own")
    patient = dataclasses.replace(limits, time_s=limits.time_s * _GOLD_PATIENCE)
    task = Task(setup=judging.setup, sql=judging.query, state=judging.state, limits=patient)
    try:
        return engine.run(task)
    except CandidateFailed as failure:
        words = f"the problem's own query failed: {failure.outcome}: {failure.evidence}"
        raise _BrokenProblemError(shorten(words, EVIDENCE_LIMIT)) from None


def _grade(
    engine: Engine, judging: BySql, code: str, limits: Limits, expected: tuple[Table, ...]
) -> Verdict:
    task = Task(setup=judging.setup, sql=code, state=judging.state, limits=limits)
    outcome, evidence = Outcome.PASSED, ""
    try:
        actual = engine.run(task)
    except CandidateFailed as failure:
        outcome, evidence = failure.outcome, failure.evidence
    else:
        for number, tables in enumerate(zip(expected, actual, strict=True)):
            mismatch = explain(*tables, is_ordered=judging.is_ordered)
            if mismatch:
                outcome = Outcome.WRONG_ANSWER
                asked = f"afterwards, {judging.state[number]}\n" if judging.state else ""
                evidence = asked + mismatch
                break
    return Verdict(
        outcome=outcome, evidence=shorten(evidence, EVIDENCE_LIMIT), assurance=Assurance.VALUE
    )


def _error(why: str) -> Verdict:
    return Verdict(outcome=Outcome.ERROR, evidence=shorten(why, EVIDENCE_LIMIT))
