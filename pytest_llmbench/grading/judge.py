"""Judge answers: run them where they can do no harm, compare where they cannot look."""

from __future__ import annotations

import dataclasses
import threading
import time
from collections.abc import Sequence

from pytest_llmbench.errors import LLMBenchError
from pytest_llmbench.grading.candidate import CandidateProcess
from pytest_llmbench.grading.check_driver import CheckDriver, CheckResult
from pytest_llmbench.grading.compare import explain_mismatch, show
from pytest_llmbench.grading.failures import (
    EVIDENCE_LIMIT,
    CandidateFailed,
    CandidateRaised,
    HarnessError,
)
from pytest_llmbench.grading.frames import ClosedError, DeadlineError
from pytest_llmbench.grading.sandbox import Sandbox
from pytest_llmbench.grading.values import ProtocolViolation
from pytest_llmbench.hostile_text import shorten
from pytest_llmbench.languages import Language, find_language
from pytest_llmbench.signature import Signature
from pytest_llmbench.vocabulary import (
    Answer,
    Assurance,
    ByBody,
    ByCheck,
    ByValue,
    Case,
    Limits,
    Outcome,
    Problem,
    Verdict,
)

__all__ = ["Judge"]

_IN_A_CHECK = "in the check"


class Judge:
    """Grades answers in one sandbox, from any number of threads."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._driver = CheckDriver(sandbox)
        self._lock = threading.Lock()
        self._live: set[CandidateProcess] = set()
        self._is_closed = False

    def grade(self, problem: Problem, answer: Answer) -> Verdict:
        """Judge one answer; wait until it is done.

        Whatever the answer does, this returns a verdict. Trouble of the harness
        is `Outcome.ERROR`. Raise ValueError for a problem that a test body judges.
        """
        judging = problem.judging
        if isinstance(judging, ByBody):
            raise ValueError(f"{problem.id} is judged by its test function")  # noqa: TRY004
        if answer.code is None:
            return Verdict(outcome=Outcome.NO_ANSWER, evidence="no code was found in the text")
        started = time.monotonic()
        try:
            verdict = self._grade(problem, judging, answer.code)
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

    def warm_up(self, problems: Sequence[Problem]) -> None:
        """Start the servers that these problems will need, while models still think.

        Only saves time: it returns at once, and trouble shows when grading.
        """
        if any(isinstance(problem.judging, ByCheck) for problem in problems):
            self._driver.start_early()

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
        self._driver.close()

    def _start(
        self, language: Language, limits: Limits, *, is_interactive: bool = False
    ) -> CandidateProcess:
        candidate = CandidateProcess(
            self._sandbox,
            language,
            limits,
            is_interactive=is_interactive,
            on_close=self._forget,
        )
        with self._lock:
            is_closed = self._is_closed
            self._live.add(candidate)
        if is_closed:
            candidate.close()
            raise HarnessError("the judge was closed")
        return candidate

    def _forget(self, candidate: CandidateProcess) -> None:
        with self._lock:
            self._live.discard(candidate)

    def _grade(self, problem: Problem, judging: ByValue | ByCheck, code: str) -> Verdict:
        language = find_language(problem.language)
        candidate = self._start(language, problem.limits)
        try:
            if isinstance(judging, ByValue):
                return _by_value(candidate, judging, code)
            candidate.load(code, judging.entry_point)
            return _by_check(candidate, self._driver.run(judging, candidate))
        finally:
            candidate.close()


def _by_value(candidate: CandidateProcess, judging: ByValue, code: str) -> Verdict:
    """Call every case in one process, until the first that fails."""
    passed, total = 0, len(judging.cases)
    try:
        candidate.load(code, judging.entry_point, judging.signature)
        for case in judging.cases:
            mismatch = _try_case(candidate, judging, case)
            if mismatch:
                outcome, evidence = Outcome.WRONG_ANSWER, mismatch
                break
            passed += 1
        else:
            candidate.finish()
            outcome, evidence = Outcome.PASSED, ""
    except CandidateFailed as failure:
        outcome, evidence = failure.outcome, failure.evidence
    return Verdict(
        outcome=outcome,
        evidence=shorten(evidence, EVIDENCE_LIMIT),
        assurance=Assurance.VALUE,
        cases_passed=passed,
        cases_total=total,
    )


def _try_case(candidate: CandidateProcess, judging: ByValue, case: Case) -> str | None:
    """Return what is wrong with the value of one call, or None."""
    call = f"{judging.entry_point}({', '.join(show(arg, 300) for arg in case.args)})"
    try:
        actual = candidate.call(judging.entry_point, case.args)
    except CandidateRaised as error:
        failure = candidate.failure_of(error)
        raise CandidateFailed(failure.outcome, f"{call}\n{failure.evidence}") from None
    except CandidateFailed as failure:
        raise CandidateFailed(failure.outcome, f"{call}: {failure.evidence}") from None
    signature = judging.signature
    is_typed = signature is not None and signature.returns.name != "any"
    mismatch = explain_mismatch(case.returns, actual, candidate.language.name, is_typed=is_typed)
    if mismatch is None:
        return None
    if mismatch.startswith("at "):
        return f"{call} returned {show(actual)}, expected {show(case.returns)}\n{mismatch}"
    return f"{call} returned {mismatch}"


def _by_check(candidate: CandidateProcess, result: CheckResult) -> Verdict:
    """Turn a check's result into a verdict; what the process did comes first."""
    match result.kind, result.details:
        case "passed", _ if result.calls > 0:
            candidate.finish()
            return Verdict(outcome=Outcome.PASSED, assurance=Assurance.VALUE)
        case "failed", [str(evidence)]:
            raise candidate.fail(Outcome.WRONG_ANSWER, evidence)
        case "missing", [str(evidence)]:
            raise candidate.fail(Outcome.RUNTIME_ERROR, evidence)
        case "raised", _:
            raise candidate.failure_of(candidate.raised(["raised", *result.details]))
        case "violation", [str(what)]:
            raise candidate.diagnose(ProtocolViolation(what), _IN_A_CHECK)
        case "gone", _:
            raise candidate.diagnose(ClosedError(), _IN_A_CHECK)
        case "timeout", _:
            raise candidate.diagnose(DeadlineError(), _IN_A_CHECK)
    raise HarnessError(f"the check is broken: {' '.join(map(str, result.details))}")


def _failed(failure: CandidateFailed) -> Verdict:
    return Verdict(
        outcome=failure.outcome,
        evidence=shorten(failure.evidence, EVIDENCE_LIMIT),
        assurance=Assurance.VALUE,
    )
