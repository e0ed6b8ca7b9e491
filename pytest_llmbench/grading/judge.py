"""Judge answers: run them where they can do no harm, compare where they cannot look."""

from __future__ import annotations

import dataclasses
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path

from pytest_llmbench.errors import ConfigError, LLMBenchError
from pytest_llmbench.grading.by_check import by_check
from pytest_llmbench.grading.by_output import by_output
from pytest_llmbench.grading.by_program import ProgramJudge
from pytest_llmbench.grading.by_value import by_value
from pytest_llmbench.grading.caches import Caches
from pytest_llmbench.grading.candidate import CandidateProcess
from pytest_llmbench.grading.check_driver import CheckDriver
from pytest_llmbench.grading.compile_server import CompileServers
from pytest_llmbench.grading.failures import EVIDENCE_LIMIT, CandidateFailed, HarnessError
from pytest_llmbench.grading.sandbox import Sandbox
from pytest_llmbench.grading.sql import SqlJudge
from pytest_llmbench.grading.verdicts import VerdictMemory
from pytest_llmbench.hostile_text import shorten
from pytest_llmbench.languages import Language, find_language, is_known
from pytest_llmbench.signature import Signature
from pytest_llmbench.vocabulary import (
    Answer,
    Assurance,
    ByBody,
    ByCheck,
    ByOutput,
    ByProgram,
    BySql,
    ByValue,
    Judging,
    Limits,
    Outcome,
    Problem,
    Secret,
    Verdict,
)

__all__ = ["Judge"]


class Judge:
    """Grades answers in one sandbox, from any number of threads."""

    def __init__(self, sandbox: Sandbox, sql_urls: Mapping[str, Secret] | None = None) -> None:
        """Take URLs of database servers by dialect; a dialect without one starts its own."""
        self._sandbox = sandbox
        self.sql = SqlJudge(sandbox, sql_urls)
        self._driver = CheckDriver(sandbox)
        self._programs = ProgramJudge(self._start)
        self._verdicts = VerdictMemory()
        self.caches = Caches(sandbox)
        self._compilers = CompileServers(self._start)
        self._lock = threading.Lock()
        self._live: set[CandidateProcess] = set()
        self._is_closed = False

    def grade(self, problem: Problem, answer: Answer) -> Verdict:
        """Judge one answer; wait until it is done.

        Whatever the answer does, this returns a verdict. Trouble of the harness
        is `Outcome.ERROR`. The same answer to the same problem is judged once. Raise
        ValueError for a problem that a test body judges.
        """
        judging = problem.judging
        if isinstance(judging, ByBody):
            raise ValueError(f"{problem.id} is judged by its test function")  # noqa: TRY004
        if answer.code is None:
            return Verdict(outcome=Outcome.NO_ANSWER, evidence="no code was found in the text")
        code = answer.code
        return self._verdicts.once(problem, code, lambda: self._judged(problem, judging, code))

    def warm_up(self, problems: Sequence[Problem]) -> None:
        """Start servers and make caches that these problems will need, while models think.

        Only saves time: it returns at once, and trouble shows when grading.
        """
        if any(isinstance(problem.judging, ByCheck) for problem in problems):
            self._driver.start_early()
        self.sql.warm_up(
            problem.language for problem in problems if isinstance(problem.judging, BySql)
        )
        for name in {problem.language for problem in problems}:
            if is_known(name):
                language = find_language(name)
                self.caches.start_early(language)
                self._compilers.start_early(language)

    def open(
        self, language: str, code: str, limits: Limits, signature: Signature | None = None
    ) -> CandidateProcess:
        """Load an answer for a person's own test, which calls and closes it.

        Each call has `limits.time_s` of its own. Raise CandidateFailed where the
        answer cannot be loaded, and an LLMBenchError where the harness fails.
        """
        candidate = self._start(find_language(language), limits, is_interactive=True)
        try:
            candidate.load(code, signature.name if signature else "", signature)
        except BaseException:
            candidate.close()
            raise
        return candidate

    def close(self) -> None:
        """Kill every live process at once, from any thread; grading ends with ERROR."""
        with self._lock:
            self._is_closed = True
            live = list(self._live)
        for candidate in live:
            candidate.kill()
        self._programs.close()
        self.sql.close()
        self._compilers.close()
        self._driver.close()
        self.caches.close()

    def _start(
        self,
        language: Language,
        limits: Limits,
        *,
        is_program: bool = False,
        is_interactive: bool = False,
    ) -> CandidateProcess:
        candidate = CandidateProcess(
            self._sandbox,
            language,
            limits,
            is_interactive=is_interactive,
            is_program=is_program,
            cache=self._cache(language),
            compile_by_server=self._compilers.compile,
            on_close=self._forget,
        )
        with self._lock:
            is_closed = self._is_closed
            self._live.add(candidate)
        if is_closed:
            candidate.close()
            raise HarnessError("the judge was closed")
        return candidate

    def _cache(self, language: Language) -> Path | None:
        cache = self.caches.folder(language)
        if cache is None and language.cache is not None and language.cache.is_needed:
            raise HarnessError(self.caches.problems.get(language.name, "there is no cache"))
        return cache

    def _forget(self, candidate: CandidateProcess) -> None:
        with self._lock:
            self._live.discard(candidate)

    def _judged(self, problem: Problem, judging: Judging, code: str) -> Verdict:
        """Judge, whatever happens; trouble of the harness makes an ERROR."""
        started = time.monotonic()
        try:
            verdict = self._grade(problem, judging, code)
        except CandidateFailed as failure:
            verdict = _failed(failure)
        except LLMBenchError as error:
            verdict = Verdict(outcome=Outcome.ERROR, evidence=str(error)[:EVIDENCE_LIMIT])
        except Exception as error:
            # A mistake of ours must not end a run; it must not look like an answer's either.
            what = f"the judge failed: {type(error).__name__}: {error}"
            verdict = Verdict(outcome=Outcome.ERROR, evidence=what[:EVIDENCE_LIMIT])
        if self._is_closed and verdict.outcome is not Outcome.PASSED:
            verdict = Verdict(outcome=Outcome.ERROR, evidence="the judge was closed")
        return dataclasses.replace(verdict, grading_s=time.monotonic() - started)

    def _grade(self, problem: Problem, judging: Judging, code: str) -> Verdict:
        match judging:
            case ByProgram():
                return self._programs.grade(problem, judging, code)
            case BySql():
                return self.sql.grade(problem.language, judging, code, problem.limits)
            case ByOutput():
                language = find_language(problem.language)
                return by_output(self._start, language, problem.limits, judging, code)
            case ByValue() | ByCheck():
                language = find_language(problem.language)
                with closing(self._start(language, problem.limits)) as candidate:
                    if isinstance(judging, ByValue):
                        return by_value(candidate, self._driver, judging, code)
                    return by_check(candidate, self._driver, judging, code)
        raise ConfigError(f"{type(judging).__name__} cannot be judged here")


def _failed(failure: CandidateFailed) -> Verdict:
    return Verdict(
        outcome=failure.outcome,
        evidence=shorten(failure.evidence, EVIDENCE_LIMIT),
        assurance=Assurance.VALUE,
    )
