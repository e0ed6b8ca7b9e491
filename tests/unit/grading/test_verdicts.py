"""Verdicts that are remembered: one answer, one judgement."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from pytest_llmbench.grading.verdicts import VerdictMemory
from pytest_llmbench.vocabulary import ByValue, Case, Outcome, Problem, Verdict

PROBLEM = Problem(
    suite="s", id="p", task_id="p", language="python", prompt="",
    judging=ByValue(entry_point="f", cases=(Case(args=([1],), returns=float("nan")),)),
)  # fmt: skip
PASSED = Verdict(outcome=Outcome.PASSED, grading_s=1.5)
ERROR = Verdict(outcome=Outcome.ERROR)


class CountingJudge:
    def __init__(self, *verdicts: Verdict) -> None:
        self.calls = 0
        self._verdicts = verdicts

    def __call__(self) -> Verdict:
        self.calls += 1
        return self._verdicts[min(self.calls, len(self._verdicts)) - 1]


def test_the_same_answer_is_judged_once_and_says_so() -> None:
    memory, judge = VerdictMemory(), CountingJudge(PASSED)

    first, second = (memory.once(PROBLEM, "code", judge) for _ in range(2))

    assert 1 == judge.calls
    assert PASSED == first
    assert replace(PASSED, grading_s=0.0) == second


def test_another_answer_problem_or_limit_is_judged_anew() -> None:
    memory, judge = VerdictMemory(), CountingJudge(PASSED)
    same_id = replace(PROBLEM, limits=replace(PROBLEM.limits, time_s=3))

    for problem, code in (
        (PROBLEM, "a"),
        (PROBLEM, "b"),
        (replace(PROBLEM, id="q"), "a"),
        (same_id, "a"),
    ):
        memory.once(problem, code, judge)

    assert 4 == judge.calls


def test_trouble_of_the_harness_is_not_remembered() -> None:
    memory, judge = VerdictMemory(), CountingJudge(ERROR, PASSED)

    verdicts = [memory.once(PROBLEM, "code", judge) for _ in range(3)]

    assert [ERROR, PASSED, replace(PASSED, grading_s=0.0)] == verdicts
    assert 2 == judge.calls


def test_who_comes_while_it_is_judged_waits_for_the_verdict() -> None:
    memory, began, may_end = VerdictMemory(), threading.Event(), threading.Event()

    def slowly() -> Verdict:
        began.set()
        may_end.wait(10)
        return PASSED

    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(memory.once, PROBLEM, "code", slowly)
        began.wait(10)
        second = threads.submit(memory.once, PROBLEM, "code", CountingJudge(ERROR))
        may_end.set()

        assert PASSED == first.result(10)
        assert replace(PASSED, grading_s=0.0) == second.result(10)


def test_who_waits_for_a_judgement_that_fails_judges_itself() -> None:
    memory, began, may_end = VerdictMemory(), threading.Event(), threading.Event()

    def in_vain() -> Verdict:
        began.set()
        may_end.wait(10)
        raise KeyboardInterrupt

    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(memory.once, PROBLEM, "code", in_vain)
        began.wait(10)
        second = threads.submit(memory.once, PROBLEM, "code", CountingJudge(PASSED))
        may_end.set()

        assert PASSED == second.result(10)
        with pytest.raises(KeyboardInterrupt):
            first.result(10)


def test_the_oldest_verdict_is_forgotten_first() -> None:
    memory, judge = VerdictMemory(most=2), CountingJudge(PASSED)

    for code in ("a", "b", "a", "c", "a", "b"):
        memory.once(PROBLEM, code, judge)

    assert 4 == judge.calls  # a, b, c, and b again


def test_code_that_is_no_text_of_unicode_is_remembered_too() -> None:
    memory, judge = VerdictMemory(), CountingJudge(PASSED)

    for _ in range(2):
        memory.once(PROBLEM, "'\ud800'", judge)

    assert 1 == judge.calls
