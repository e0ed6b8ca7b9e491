"""Workers may be started early; an answer cannot tell."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pytest_llmbench.grading import Judge, Sandbox, find_language
from pytest_llmbench.grading.candidate import worker_program
from pytest_llmbench.grading.spares import MAX_SPARES, SpareProcesses
from pytest_llmbench.vocabulary import ByBody, ByCheck, Judging, Limits, Outcome, Problem
from tests.sandbox.conftest import Grade
from tests.sandbox.test_harm import eventually

LIMITS = Limits(time_s=10)
PROGRAM = worker_program(find_language("python"), LIMITS)
RIGHT = "def add(a, b): return a + b"


def problem(judging: Judging, limits: Limits = LIMITS) -> Problem:
    return Problem(
        suite="s", id="p", task_id="p", language="python", prompt="", judging=judging,
        limits=limits,
    )  # fmt: skip


CHECKED = problem(ByCheck(entry_point="add", check_code=""))


@pytest.fixture
def own_judge(sandbox: Sandbox) -> Iterator[Judge]:
    judge = Judge(sandbox)
    yield judge
    judge.close()


@pytest.fixture
def spares(sandbox: Sandbox) -> Iterator[SpareProcesses]:
    spares = SpareProcesses(sandbox)
    yield spares
    spares.close()


def idle(spares: SpareProcesses) -> int:
    return sum(map(len, spares._idle.values()))


def test_a_started_worker_is_handed_out_once(spares: SpareProcesses) -> None:
    spares.prepare([PROGRAM, PROGRAM])
    assert eventually(lambda: idle(spares) == 2)

    taken = [spares.take(PROGRAM) for _ in range(3)]

    assert 3 == len({process.pid for process in taken})
    assert 0 == idle(spares)
    for process in taken:
        process.close()


def test_a_worker_with_other_limits_is_not_used(spares: SpareProcesses) -> None:
    spares.prepare([PROGRAM])
    assert eventually(lambda: idle(spares) == 1)

    process = spares.take(worker_program(find_language("python"), Limits(time_s=1)))

    assert 1 == idle(spares)
    process.close()


def test_a_worker_that_died_is_not_handed_out(spares: SpareProcesses) -> None:
    spares.prepare([PROGRAM])
    assert eventually(lambda: idle(spares) == 1)
    spares._idle[PROGRAM][0].kill()
    time.sleep(0.1)

    process = spares.take(PROGRAM)

    assert process.wait(0.1) is None
    process.close()


def test_there_are_never_too_many(spares: SpareProcesses) -> None:
    spares.prepare([PROGRAM] * (MAX_SPARES + 10))
    spares.prepare([PROGRAM] * (MAX_SPARES + 10))
    assert eventually(lambda: idle(spares) >= MAX_SPARES)
    time.sleep(0.1)

    assert idle(spares) <= MAX_SPARES + 1


def test_closing_ends_those_that_were_not_used(sandbox: Sandbox) -> None:
    spares = SpareProcesses(sandbox)
    spares.prepare([PROGRAM] * 4)
    assert eventually(lambda: idle(spares) == 4)
    pids = [process.pid for process in spares._idle[PROGRAM]]

    spares.close()

    assert [] == [pid for pid in pids if Path(f"/proc/{pid}").exists()]


def test_waiting_as_a_spare_costs_an_answer_no_time(grade: Grade, own_judge: Judge) -> None:
    limits = Limits(time_s=1)
    own_judge.warm_up([problem(CHECKED.judging, limits)])
    time.sleep(1.5)
    slow = "import time\ndef add(a, b):\n    time.sleep(0.2)\n    return a + b"

    verdict = grade(slow, judge=own_judge, limits=limits)

    assert Outcome.PASSED is verdict.outcome


def test_a_judge_that_is_warm_judges_as_before(grade: Grade, own_judge: Judge) -> None:
    check = "def check(candidate):\n    assert candidate(2, 3) == 5\n"
    own_judge.warm_up([CHECKED] * 4)

    right = [grade(RIGHT, judge=own_judge, check=check).outcome for _ in range(6)]
    wrong = grade("def add(a, b): return 0", judge=own_judge, check=check).outcome

    assert {Outcome.PASSED} == set(right)
    assert Outcome.WRONG_ANSWER is wrong


def test_problems_that_need_nothing_start_nothing(own_judge: Judge) -> None:
    own_judge.warm_up([problem(ByBody())])
    own_judge.warm_up([])
    time.sleep(0.1)

    assert 0 == idle(own_judge._spares)
