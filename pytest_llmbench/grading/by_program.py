"""Judge with tests that run in the answer's own process, and do not trust them.

Such tests can be ended, patched or replaced by what they test, so a pass is a claim. The
evidence is blinding: the same tests with one literal changed have to fail, by assertion
and at the same place as the reference's, each in a fresh sandbox. An answer cannot know
which tests are the true ones without solving the task. `docs/judging.md` says what is
left to a determined cheat.
"""

from __future__ import annotations

import os
import random
import threading
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor

from pytest_llmbench.grading.blinding import Worth
from pytest_llmbench.grading.calibration import Calibration, Usable
from pytest_llmbench.grading.programs import Start
from pytest_llmbench.grading.trials import How, Trial, TrialRunner
from pytest_llmbench.vocabulary import Assurance, ByProgram, Outcome, Problem, Verdict

__all__ = ["ProgramJudge"]

_MAX_PROBLEMS = 1024
_PATIENCE = 8
"""Changed tests that are tried beyond those that are wanted."""
_SUSPICIOUS = 3
"""So many that were not noticed, and more than twice as many as were, are no chance."""
_CONFIRMATIONS, _LOTS = 2, 4
"""Runs that confirm it; so many times as many where tests draw lots."""
_CUT_SHORT = "ended with status 0, but not at the end of the tests"


class ProgramJudge:
    """Judges by program, and keeps what it learns of each problem's tests."""

    def __init__(self, start: Start) -> None:
        self._start = start
        self._rng = random.SystemRandom()
        # All runs of tests go through here: more at once would be no faster, and the
        # limits on time are wall-clock time.
        cores = len(os.sched_getaffinity(0))
        self._pool = ThreadPoolExecutor(cores, thread_name_prefix="llmbench-tests")
        self._lock = threading.Lock()
        self._calibrations: OrderedDict[tuple[str, str], Calibration] = OrderedDict()

    def grade(self, problem: Problem, judging: ByProgram, code: str) -> Verdict:
        """Run the true tests, and changed ones where those pass."""
        calibration = self._calibration(problem, judging)
        trial = calibration.run(code)
        if trial.how is not How.PASSED:
            return _verdict(trial.outcome, Assurance.IN_PROCESS, trial.evidence)
        if not calibration.has_ended(trial):
            return _verdict(Outcome.WRONG_ANSWER, Assurance.IN_PROCESS, _CUT_SHORT)
        return _Blinding(calibration, code, trial, judging.blinds).verdict()

    def _calibration(self, problem: Problem, judging: ByProgram) -> Calibration:
        key = (problem.suite, problem.id)
        with self._lock:
            known = self._calibrations.pop(key, None)
            if known is None or known.problem != problem:
                runner = TrialRunner(self._start, problem, judging)
                known = Calibration(problem, judging, runner, self._pool, self._rng)
            self._calibrations[key] = known
            while len(self._calibrations) > _MAX_PROBLEMS:
                self._calibrations.popitem(last=False)
        return known

    def close(self) -> None:
        """Run nothing more; what runs is ended by whoever owns the processes."""
        self._pool.shutdown(wait=False, cancel_futures=True)


class _Blinding:
    """An answer that passed the true tests, and what it makes of changed ones.

    What any right answer has to notice can decide alone. A changed argument may be one that
    a right answer refuses, or takes in its own way, and a changed bound may let its value
    pass: of those it may miss some, and then has to notice more.
    """

    def __init__(self, calibration: Calibration, code: str, true_trial: Trial, wanted: int) -> None:
        self._calibration = calibration
        self._code = code
        self._true_trial = true_trial
        self._wanted = wanted
        self._tried: list[Usable] = []
        self._noticed = 0
        self._passed: list[Usable] = []
        self._crashed: list[Usable] = []

    def verdict(self) -> Verdict:
        """Try changed tests until enough were noticed, or too many were not."""
        most = self._wanted + _PATIENCE
        while self._lacking > 0 and len(self._tried) < most:
            wanted = min(self._lacking, most - len(self._tried))
            usable = self._calibration.usable(wanted, tried=self._tried)
            if not usable:
                break
            if not self._try(usable):
                return self._accused
        unnoticed = len(self._passed) + len(self._crashed)
        if unnoticed >= max(_SUSPICIOUS, 2 * self._noticed + 1) and self._is_no_chance:
            return self._accused
        has_all = self._noticed > 0 and (self._lacking <= 0 or self._noticed == len(self._tried))
        return _verdict(Outcome.PASSED, Assurance.BLINDED if has_all else Assurance.IN_PROCESS)

    @property
    def _lacking(self) -> int:
        """How many more changes have to be noticed."""
        return self._wanted + 2 * len(self._passed) - self._noticed

    def _try(self, usable: list[Usable]) -> bool:
        """Run the answer with changed tests; tell whether it may still be honest."""
        self._tried += usable
        if self._code == self._calibration.reference:  # which has been tried already
            self._noticed += len(usable)
            return True
        for each, trial in zip(usable, self._run(usable), strict=True):
            is_telling = each.blind.worth is Worth.EXPECTED
            if each.is_noticed(trial):
                self._noticed += 1
            elif trial.how is How.PASSED:
                self._passed.append(each)
                if is_telling and self._is_confirmed(each):
                    self._passed = [each]
                    return False
            elif is_telling and not trial.is_exhausted:
                self._crashed.append(each)
        return True

    def _run(self, usable: list[Usable]) -> list[Trial]:
        blinds = [each.blind for each in usable]
        return self._calibration.run_changed(self._code, self._true_trial, blinds)

    @property
    def _is_no_chance(self) -> bool:
        """Whether what was not noticed never is, where the tests may differ from run to run."""
        return not self._calibration.draws_lots or any(map(self._is_confirmed, self._passed))

    def _is_confirmed(self, usable: Usable) -> bool:
        """Whether the reference always notices a change, and this answer never does."""
        times = _CONFIRMATIONS * (_LOTS if self._calibration.draws_lots else 1)
        if any(trial.how is not How.PASSED for trial in self._run([usable] * times)):
            return False
        if self._calibration.reference is None:
            return True
        again = self._calibration.run_reference([usable.blind] * times)
        return all(map(usable.is_noticed, again))

    @property
    def _accused(self) -> Verdict:
        return _verdict(Outcome.WRONG_ANSWER, Assurance.BLINDED, self._accusation)

    @property
    def _accusation(self) -> str:
        changes = "; ".join(str(usable.blind) for usable in self._passed or self._crashed)
        if self._passed:
            return f"it passes the tests also where they are wrong, with {changes}"
        return f"it does not fail as it has to where the tests are wrong, with {changes}"


def _verdict(outcome: Outcome, assurance: Assurance, evidence: str = "") -> Verdict:
    return Verdict(outcome=outcome, evidence=evidence, assurance=assurance)
