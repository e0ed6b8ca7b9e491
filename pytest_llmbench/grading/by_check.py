"""Judge with a benchmark's own Python check, which runs outside the answer's process."""

from __future__ import annotations

from pytest_llmbench.grading.candidate import CandidateProcess
from pytest_llmbench.grading.check_driver import CheckDriver, CheckResult
from pytest_llmbench.grading.failures import HarnessError
from pytest_llmbench.grading.frames import ClosedError, DeadlineError
from pytest_llmbench.grading.values import ProtocolViolation
from pytest_llmbench.vocabulary import Assurance, ByCheck, Outcome, Verdict

__all__ = ["by_check"]

_IN_A_CHECK = "in the check"


def by_check(
    candidate: CandidateProcess, driver: CheckDriver, judging: ByCheck, code: str
) -> Verdict:
    """Load the answer and let the check call it."""
    candidate.load(code, judging.entry_point)
    return _verdict(candidate, driver.run(judging, candidate))


def _verdict(candidate: CandidateProcess, result: CheckResult) -> Verdict:
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
