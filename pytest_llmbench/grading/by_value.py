"""Judge by calling a function and comparing what it returns, outside its process."""

from __future__ import annotations

from collections.abc import Callable

from pytest_llmbench.grading.candidate import CandidateProcess
from pytest_llmbench.grading.check_driver import CheckDriver
from pytest_llmbench.grading.compare import explain_mismatch, show
from pytest_llmbench.grading.failures import EVIDENCE_LIMIT, CandidateFailed, CandidateRaised
from pytest_llmbench.hostile_text import shorten
from pytest_llmbench.vocabulary import Assurance, ByValue, Case, Outcome, Verdict

__all__ = ["by_value"]

Explain = Callable[[Case, object], str | None]
"""Says what is wrong with a returned value, or None."""


def by_value(
    candidate: CandidateProcess, driver: CheckDriver, judging: ByValue, code: str
) -> Verdict:
    """Call every case in one process, until the first that fails."""
    passed, total = 0, len(judging.cases)
    outcome, evidence = Outcome.PASSED, ""
    explain = _explainer(judging, candidate.language.name, driver)
    try:
        candidate.load(code, judging.entry_point, judging.signature)
        for case in judging.cases:
            _try_case(candidate, judging.entry_point, case, explain)
            passed += 1
        candidate.finish()
    except CandidateFailed as failure:
        outcome, evidence = failure.outcome, shorten(failure.evidence, EVIDENCE_LIMIT)
    return Verdict(
        outcome=outcome,
        evidence=evidence,
        assurance=Assurance.VALUE,
        cases_passed=passed,
        cases_total=total,
    )


def _explainer(judging: ByValue, language: str, driver: CheckDriver) -> Explain:
    checker = judging.checker
    if checker is not None:
        return lambda case, actual: driver.explain(checker, case.args, case.returns, actual)
    signature = judging.signature
    is_typed = signature is not None and signature.returns.name != "any"
    return lambda case, actual: explain_mismatch(
        case.returns, actual, language, is_typed=is_typed, is_unordered=judging.is_unordered
    )


def _try_case(candidate: CandidateProcess, name: str, case: Case, explain: Explain) -> None:
    """Raise CandidateFailed where a call goes wrong, or returns a wrong value."""
    call = f"{name}({', '.join(show(arg, 300) for arg in case.args)})"
    try:
        actual = candidate.call(name, case.args)
    except CandidateRaised as error:
        failure = candidate.failure_of(error)
        raise CandidateFailed(failure.outcome, f"{call}\n{failure.evidence}") from None
    except CandidateFailed as failure:
        raise CandidateFailed(failure.outcome, f"{call}: {failure.evidence}") from None
    mismatch = explain(case, actual)
    if mismatch is None:
        return
    if mismatch.startswith("at "):
        mismatch = f"{show(actual)}, expected {show(case.returns)}\n{mismatch}"
    raise CandidateFailed(Outcome.WRONG_ANSWER, f"{call} returned {mismatch}")
