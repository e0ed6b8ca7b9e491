"""Verdicts by what was judged, so that the same answer is judged once."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field, replace

from pytest_llmbench.vocabulary import Outcome, Problem, Verdict

__all__ = ["VerdictMemory"]

_MOST = 4096


@dataclass(frozen=True, slots=True, eq=False)
class _Entry:
    problem: Problem
    verdict: Future[Verdict] = field(default_factory=Future)


class VerdictMemory:
    """Remembers verdicts of this process, also those that are still being made.

    A verdict that was there already has a `grading_s` of 0. Trouble of the harness is
    not remembered. Threads may share it.
    """

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._entries: OrderedDict[tuple[str, str, bytes], _Entry] = OrderedDict()

    def once(self, problem: Problem, code: str, judge: Callable[[], Verdict]) -> Verdict:
        """Return the verdict on an answer; ask `judge` only where nobody did."""
        digest = hashlib.sha256(code.encode("utf-8", "surrogatepass")).digest()
        key = (problem.suite, problem.id, digest)
        while True:
            entry, is_new = self._entry(key, problem)
            if is_new:
                return self._judge(key, entry, judge)
            if (verdict := _settled(entry)) is not None:
                return replace(verdict, grading_s=0.0)

    def _entry(self, key: tuple[str, str, bytes], problem: Problem) -> tuple[_Entry, bool]:
        with self._lock:
            entry = self._entries.get(key)
            # Two problems of one id: in tests, and where a file is read anew.
            if entry is not None and (entry.problem is problem or entry.problem == problem):
                self._entries.move_to_end(key)
                return entry, False
            entry = self._entries[key] = _Entry(problem)
            while len(self._entries) > self._most:
                self._entries.popitem(last=False)
            return entry, True

    def _judge(
        self, key: tuple[str, str, bytes], entry: _Entry, judge: Callable[[], Verdict]
    ) -> Verdict:
        verdict = Verdict(outcome=Outcome.ERROR)
        try:
            verdict = judge()
        finally:
            # Whoever waits has to be told in any case, and tries itself where this failed.
            if verdict.outcome is Outcome.ERROR:
                with self._lock:
                    if self._entries.get(key) is entry:
                        del self._entries[key]
            entry.verdict.set_result(verdict)
        return verdict


def _settled(entry: _Entry) -> Verdict | None:
    verdict = entry.verdict.result()
    return None if verdict.outcome is Outcome.ERROR else verdict
