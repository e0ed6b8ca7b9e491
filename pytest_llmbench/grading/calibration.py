"""What a problem's own reference says of its tests: which changed literals they notice."""

from __future__ import annotations

import random
import re
import threading
from collections.abc import Collection, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice, zip_longest

from pytest_llmbench.grading.blinding import Blind, Worth, find_spots, shuffled
from pytest_llmbench.grading.trials import How, Trial, TrialRunner
from pytest_llmbench.vocabulary import ByProgram, Problem

__all__ = ["Calibration", "Usable"]

_MOST_BLINDS = 16
"""Changed tests that the reference is tried with, for one problem."""
_LEAST_S, _TIMES = 2.0, 5.0
"""Time for changed tests: so many seconds, and so many times what the true ones took."""
_ENDS_ITSELF = re.compile(r"\bexit\b|\bSystemExit\b|\bquit\b|\.main\(|\bdie\b")
_DRAWS_LOTS = re.compile(r"(?i)rand|shuffle|sample\(|uuid|\bnow\(|\btime\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Usable:
    """Changed tests that a right answer fails."""

    blind: Blind
    lines: frozenset[int]
    """Lines of the tests that the reference's failure named."""

    def is_noticed(self, trial: Trial) -> bool:
        """Whether a run failed as the reference did: by assertion, and at its place."""
        if trial.how is not How.ASSERTION:
            return False
        return not self.lines or (bool(trial.lines) and trial.lines <= self.lines)


class Calibration:
    """What is known of one problem's tests; learnt when it is first needed.

    The first reference is run with the true tests, then with changed ones until enough of
    those are known that it fails by assertion. Without one that passes, only literals are
    taken that any right answer has to fail with. Threads may share it.
    """

    def __init__(
        self,
        problem: Problem,
        judging: ByProgram,
        runner: TrialRunner,
        pool: ThreadPoolExecutor,
        rng: random.Random,
    ) -> None:
        self.problem = problem
        self._tests = judging.tests
        self.draws_lots = _DRAWS_LOTS.search(judging.tests) is not None
        """Whether what the tests do may differ from run to run."""
        self._runner = runner
        self._pool = pool
        self._rng = rng
        self._lock = threading.Lock()
        self._reference: str | None = next(iter(problem.references), None)
        self._true_trial: Trial | None = None
        self._blinds: Iterator[Blind] | None = None
        self._left = _MOST_BLINDS
        self._usable: list[Usable] = []

    @property
    def reference(self) -> str | None:
        """The reference, where there is one and it passes the true tests."""
        with self._lock:
            return self._passing_reference()

    def _passing_reference(self) -> str | None:
        if self._reference is not None and self._true_trial is None:
            self._true_trial = self.run(self._reference)
            if self._true_trial.how is not How.PASSED:
                self._reference = None
        return self._reference

    def run(self, code: str) -> Trial:
        """Run an answer with the true tests."""
        return self._pool.submit(self._runner.run, code, self._tests).result()

    def run_changed(self, code: str, after: Trial, blinds: Iterable[Blind]) -> list[Trial]:
        """Run an answer with changed tests, as many at once as there are cores.

        They get little more time than the true ones took: a changed argument may ask for
        what takes for ever.
        """
        time_s = _LEAST_S + _TIMES * after.ran_s
        waiting = [
            self._pool.submit(self._runner.run, code, blind.tests, time_s) for blind in blinds
        ]
        return [future.result() for future in waiting]

    def run_reference(self, blinds: Iterable[Blind]) -> list[Trial]:
        """Run the reference with changed tests; there has to be one that passes."""
        assert self._reference is not None
        assert self._true_trial is not None
        return self.run_changed(self._reference, self._true_trial, blinds)

    def has_ended(self, trial: Trial) -> bool:
        """Whether a run that passed came to the end of the tests, as far as that can be told."""
        if trial.has_ended or not self._runner.tells_the_end:
            return True
        if self.reference is not None:
            assert self._true_trial is not None
            return not self._true_trial.has_ended
        return _ENDS_ITSELF.search(self._tests) is not None

    def usable(self, count: int, *, tried: Collection[Usable]) -> list[Usable]:
        """Return as many changed tests as are wanted, or what there is, none of them tried."""
        with self._lock:
            reference = self._passing_reference()
            if self._blinds is None:
                self._blinds = self._candidates(reference)
            while True:
                fresh = [usable for usable in self._usable if usable not in tried]
                lacking = min(count - len(fresh), self._left)
                batch = list(islice(self._blinds, max(0, lacking)))
                if not batch:
                    return fresh[:count]
                self._left -= len(batch)
                self._usable += self._noticed(batch, reference)

    def _candidates(self, reference: str | None) -> Iterator[Blind]:
        """Give one change of each literal, then other changes of the same ones."""
        language = self._runner.language
        names = set(language.grammar.definitions(reference or ""))
        if self.problem.entry_point:
            names.add(self.problem.entry_point)
        spots = shuffled(find_spots(self._tests, language.name, language.comment, names), self._rng)
        if reference is None:
            spots = [spot for spot in spots if spot.worth is Worth.EXPECTED]
        # What one kind of change does to an argument, it may do to all: so they are mixed.
        changes = [self._rng.sample(spot.blinds, len(spot.blinds)) for spot in spots]
        for each_once in zip_longest(*changes):
            yield from filter(None, each_once)

    def _noticed(self, blinds: Sequence[Blind], reference: str | None) -> list[Usable]:
        if reference is None:
            return [Usable(blind=blind, lines=frozenset()) for blind in blinds]
        return [
            Usable(blind=blind, lines=trial.lines)
            for blind, trial in zip(blinds, self.run_reference(blinds), strict=True)
            if trial.how is How.ASSERTION
        ]
