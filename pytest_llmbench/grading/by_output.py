"""Judge a whole program by what it prints.

Every case is a run of its own, in one sandbox, with the time limit of its own: so does
the field. What was printed is compared outside, or by a checker in a sandbox of its own,
which is the only place where the expected output ever is.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import replace

from pytest_llmbench.grading.candidate import CandidateProcess
from pytest_llmbench.grading.compare import show
from pytest_llmbench.grading.failures import EVIDENCE_LIMIT, CandidateFailed, HarnessError
from pytest_llmbench.grading.outputs import explain_output
from pytest_llmbench.grading.programs import Start, died, program_build
from pytest_llmbench.hostile_text import shorten
from pytest_llmbench.languages import Language, find_language
from pytest_llmbench.vocabulary import (
    Assurance,
    ByOutput,
    Checker,
    IOCase,
    Limits,
    Outcome,
    Verdict,
)

__all__ = ["by_output"]

_LONGEST_RUNS = 10
"""All runs together may take as long as this many that use up their time."""
_REJECTED = 1
_CRASHED = re.compile(r"^Traceback \(most|^Exception in thread|^    at .+:\d+", re.MULTILINE)
"""What a checker prints that died with status 1: that is no rejection."""

Explain = Callable[[IOCase, str], str | None]
"""Says what is wrong with what a case printed, or None."""


def by_output(
    start: Start, language: Language, limits: Limits, judging: ByOutput, code: str
) -> Verdict:
    """Run every case, until the first that fails."""
    passed, total = 0, len(judging.cases)
    outcome, evidence = Outcome.PASSED, ""
    with ExitStack() as opened:
        candidate = opened.enter_context(closing(start(language, limits, is_program=True)))
        explain = _explainer(judging, start, opened)
        try:
            candidate.build({language.file: code}, program_build(language))
            all_s = _LONGEST_RUNS * limits.time_s
            end = time.monotonic() + all_s
            for case in judging.cases:
                if time.monotonic() > end:
                    outcome = Outcome.TIMEOUT
                    evidence = f"{passed} of {total} runs took more than {all_s:g} s"
                    break
                _try_case(candidate, case, explain, f"run {passed + 1} of {total}")
                passed += 1
            else:
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


def _try_case(candidate: CandidateProcess, case: IOCase, explain: Explain, which: str) -> None:
    """Raise CandidateFailed where a run goes wrong, or prints what is wrong."""
    where = f"{which}, standard input {show(case.stdin, 300)}"
    try:
        ran = candidate.run(program_build(candidate.language), case.stdin)
        if ran.status:
            raise died(ran)
    except CandidateFailed as failure:
        raise CandidateFailed(failure.outcome, f"{where}\n{failure.evidence}") from None
    mismatch = explain(case, ran.stdout)
    if mismatch is not None:
        evidence = f"{where}\n{mismatch}\nprinted: {show(ran.stdout, 1000)}"
        raise CandidateFailed(Outcome.WRONG_ANSWER, evidence)


def _explainer(judging: ByOutput, start: Start, opened: ExitStack) -> Explain:
    if judging.checker is not None:
        return opened.enter_context(closing(_OpenChecker(judging.checker, start)))
    return lambda case, printed: explain_output(
        case.stdout, printed, judging.comparison, judging.tolerance
    )


class _OpenChecker:
    """A checker's process, from the first output that it has to look at."""

    def __init__(self, checker: Checker, start: Start) -> None:
        self._checker = checker
        self._start = start
        self._process: CandidateProcess | None = None

    def __call__(self, case: IOCase, printed: str) -> str | None:
        language = find_language(self._checker.language)
        files = {"input": case.stdin, "expected": case.stdout, "output": printed}
        build = program_build(language)
        command = replace(build, run=(*build.run, *files))
        try:
            if self._process is None:
                self._process = self._start(language, Limits(), is_program=True)
                self._process.build({language.file: self._checker.code}, build)
            self._process.build(files, replace(build, commands=()))
            ran = self._process.run(command, "")
        except CandidateFailed as failure:
            raise HarnessError(f"the checker failed: {failure.evidence}") from None
        said = f"{ran.stdout}\n{ran.stderr}".strip()
        if ran.status not in {0, _REJECTED} or (ran.status and _CRASHED.search(ran.stderr)):
            raise HarnessError(f"the checker ended with status {ran.status}: {said[-1000:]}")
        return None if ran.status == 0 else f"the checker: {said[:1000] or 'rejected'}"

    def close(self) -> None:
        if self._process is not None:
            self._process.close()
