"""Closing a judge ends everything at once, from any thread."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from pytest_llmbench.grading import HarnessError, Judge, Sandbox
from pytest_llmbench.vocabulary import Limits, Outcome
from tests.sandbox.conftest import Grade
from tests.sandbox.test_harm import eventually, marker, processes_with  # noqa: F401

SLEEPER = "import os, time\ndef add(a, b):\n    time.sleep(60)\n"
CHECK = "def check(candidate):\n    assert candidate(1, 2) == 3\n"


@pytest.fixture
def own_judge(sandbox: Sandbox) -> Iterator[Judge]:
    judge = Judge(sandbox)
    yield judge
    judge.close()


@pytest.mark.parametrize("check", [None, CHECK], ids=["by-value", "by-check"])
def test_grading_ends_at_once_and_is_an_error(
    grade: Grade, own_judge: Judge, in_background: ThreadPoolExecutor, check: str | None
) -> None:
    running = [
        in_background.submit(grade, SLEEPER, check=check, judge=own_judge, limits=Limits(time_s=60))
        for _ in range(4)
    ]
    time.sleep(0.5)
    started = time.monotonic()

    own_judge.close()
    verdicts = [future.result(timeout=5) for future in running]

    assert time.monotonic() - started < 1
    assert {Outcome.ERROR} == {verdict.outcome for verdict in verdicts}


def test_a_check_that_hangs_does_not_delay_the_end(
    grade: Grade, own_judge: Judge, in_background: ThreadPoolExecutor
) -> None:
    hanging = "def check(candidate):\n    while True: pass\n"
    running = in_background.submit(
        grade, SLEEPER, check=hanging, judge=own_judge, limits=Limits(time_s=60)
    )
    time.sleep(0.5)
    started = time.monotonic()

    own_judge.close()

    assert Outcome.ERROR is running.result(timeout=5).outcome
    assert time.monotonic() - started < 1


def test_nothing_can_be_graded_or_opened_afterwards(grade: Grade, own_judge: Judge) -> None:
    own_judge.close()
    own_judge.close()

    verdict = grade("def add(a, b): return a + b", judge=own_judge)

    assert Outcome.ERROR is verdict.outcome
    assert "closed" in verdict.evidence
    with pytest.raises(HarnessError, match="closed"):
        own_judge.open("python", "", Limits())


def test_an_open_answer_is_killed_too(own_judge: Judge, marker: str) -> None:  # noqa: F811
    code = f"import subprocess\nsubprocess.Popen(['{marker}', '60'], executable='/bin/sleep')\n"
    own_judge.open("python", code, Limits())
    assert eventually(lambda: processes_with(marker))

    own_judge.close()

    assert eventually(lambda: not processes_with(marker))
