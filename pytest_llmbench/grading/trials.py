"""One run of a program made of an answer and tests: what became of it, in a fresh sandbox."""

from __future__ import annotations

import math
import re
import secrets
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from enum import StrEnum

from pytest_llmbench.errors import ConfigError
from pytest_llmbench.grading.failures import EVIDENCE_LIMIT, CandidateFailed
from pytest_llmbench.grading.programs import Start, died
from pytest_llmbench.hostile_text import shorten
from pytest_llmbench.languages import Language, Runner, find_language
from pytest_llmbench.vocabulary import ByProgram, Limits, Outcome, Problem

__all__ = ["How", "Trial", "TrialRunner"]


class How(StrEnum):
    """How a run of tests ended."""

    PASSED = "passed"
    ASSERTION = "assertion"
    """An assertion of the tests failed, or something that looks like it."""
    OTHERWISE = "otherwise"
    """It did not compile, crashed, or used up what it may."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What became of one run."""

    how: How
    outcome: Outcome
    evidence: str
    lines: frozenset[int] = frozenset()
    """Lines of the tests that it named, from 1."""
    has_ended: bool = False
    """Whether it said that the tests came to their end."""
    ran_s: float = 0.0
    """How long it ran, without its compilation."""

    @property
    def is_exhausted(self) -> bool:
        """Whether it used up what it may, which a busy machine can be the reason of."""
        return self.outcome in {Outcome.TIMEOUT, Outcome.MEMORY_LIMIT}


class TrialRunner:
    """Runs answers to one problem with its tests, or with changed ones."""

    def __init__(self, start: Start, problem: Problem, judging: ByProgram) -> None:
        """Raise ConfigError where the language has no such runner."""
        self._start = start
        self._limits: Limits = problem.limits
        self._prelude = judging.prelude
        self.language: Language = find_language(problem.language)
        self._runner: Runner = _runner(self.language, judging.runner)

    def run(self, code: str, tests: str, time_s: float = math.inf) -> Trial:
        """Build and run, for no longer than this; raise an LLMBenchError where that fails."""
        mark = f"end-{secrets.token_hex(8)}"
        ending = self._runner.ending
        files = self._runner.files(self._prelude, code, ending(tests, mark) if ending else tests)
        try:
            limits = replace(self._limits, time_s=min(time_s, self._limits.time_s))
            with closing(self._start(self.language, limits, is_program=True)) as candidate:
                candidate.build(files, self._runner.build)
                started = time.monotonic()
                ran = candidate.run(self._runner.build, "")
                ran_s = time.monotonic() - started
        except CandidateFailed as failure:
            return _otherwise(failure)
        said = f"{ran.stderr}\n{ran.stdout}"
        if self._runner.failure.search(said):
            return Trial(
                how=How.ASSERTION if ran.status else How.OTHERWISE,
                outcome=Outcome.WRONG_ANSWER,
                evidence=shorten(said.strip(), EVIDENCE_LIMIT),
                lines=_lines_named(said, files, tests),
            )
        if ran.status:
            return _otherwise(died(ran))
        return Trial(
            how=How.PASSED, outcome=Outcome.PASSED, evidence="", has_ended=mark in said, ran_s=ran_s
        )

    @property
    def tells_the_end(self) -> bool:
        """Whether tests in this language can say that they came to their end."""
        return self._runner.ending is not None


def _runner(language: Language, name: str) -> Runner:
    runner = language.runners.get(name)
    if runner is None:
        known = ", ".join(language.runners) or "none"
        raise ConfigError(f"{language.title} has no runner {name!r} for tests; known: {known}")
    return runner


def _otherwise(failure: CandidateFailed) -> Trial:
    evidence = shorten(failure.evidence, EVIDENCE_LIMIT)
    return Trial(how=How.OTHERWISE, outcome=failure.outcome, evidence=evidence)


def _lines_named(said: str, files: Mapping[str, str], tests: str) -> frozenset[int]:
    """Return the lines of the tests that messages and stack traces point at."""
    lines: set[int] = set()
    head = tests.rstrip("} \t\n")  # a word may be printed before the end of a `main`
    for path, content in files.items():
        start = content.find(head) if head else -1
        if start < 0:
            continue
        before = content.count("\n", 0, start)
        last = before + tests.count("\n") + 1
        name = re.escape(path.rpartition("/")[2])
        for found in re.finditer(rf"\b{name}\W{{1,4}}(?:line )?(\d{{1,9}})\b", said):
            if before < int(found[1]) <= last:
                lines.add(int(found[1]) - before)
    return frozenset(lines)
