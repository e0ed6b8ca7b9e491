"""The same answer to the same problem is judged once in a process."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from pytest_llmbench.grading import Judge, Sandbox
from pytest_llmbench.vocabulary import Answer, ByValue, Case, Limits, Outcome, Problem, Verdict

PROBLEM = Problem(
    suite="s", id="p", task_id="p", language="python", prompt="",
    judging=ByValue(entry_point="f", cases=(Case(args=([1],), returns=[1]),)),
    limits=Limits(time_s=30),
)  # fmt: skip


@pytest.fixture
def judge(sandbox: Sandbox) -> Iterator[Judge]:
    judge = Judge(sandbox)
    yield judge
    judge.close()


def grade(judge: Judge, code: str) -> Verdict:
    return judge.grade(PROBLEM, Answer(code=code, language="python", how="fence"))


@pytest.mark.parametrize("code", ["def f(x): return x", "def f(x): return 2", "def f("])
def test_a_second_verdict_is_the_first_and_costs_nothing(judge: Judge, code: str) -> None:
    first, second = grade(judge, code), grade(judge, code)

    assert first.grading_s
    assert 0.0 == second.grading_s
    assert (first.outcome, first.evidence, first.cases_passed) == (
        second.outcome,
        second.evidence,
        second.cases_passed,
    )


def test_at_the_same_time_one_is_judged_and_the_others_wait(
    judge: Judge, in_background: ThreadPoolExecutor
) -> None:
    code = "import time\ndef f(x):\n    time.sleep(0.5)\n    return x"

    verdicts = list(in_background.map(lambda _: grade(judge, code), range(4)))

    assert {Outcome.PASSED} == {verdict.outcome for verdict in verdicts}
    assert 1 == sum(verdict.grading_s != 0 for verdict in verdicts)


def test_closing_the_judge_frees_those_that_wait(
    judge: Judge, in_background: ThreadPoolExecutor
) -> None:
    code = "import time\ndef f(x):\n    time.sleep(20)"
    running = [in_background.submit(grade, judge, code) for _ in range(4)]
    time.sleep(0.5)

    judge.close()

    assert {Outcome.ERROR} == {future.result(timeout=10).outcome for future in running}
