"""A benchmark's own `check(candidate)` runs apart from the answer it checks."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from pytest_llmbench.grading import Judge, Sandbox
from pytest_llmbench.vocabulary import Limits, Outcome
from tests.sandbox.conftest import Grade

RIGHT = "def add(a, b): return a + b"
CHECK = """
METADATA = {}

def check(candidate):
    assert candidate(2, 3) == 5
    assert candidate(a=1, b=1) == 2, "two"
"""


@pytest.fixture
def own_judge(sandbox: Sandbox) -> Iterator[Judge]:
    judge = Judge(sandbox)
    yield judge
    judge.close()


def test_a_right_answer_passes(grade: Grade) -> None:
    assert Outcome.PASSED is grade(RIGHT, check=CHECK).outcome


def test_a_wrong_answer_shows_the_assert_and_the_call(grade: Grade) -> None:
    verdict = grade("def add(a, b): return a * b", check=CHECK)

    assert Outcome.WRONG_ANSWER is verdict.outcome
    assert verdict.evidence == "assert candidate(2, 3) == 5\nadd(2, 3) returned 6"


def test_the_message_of_an_assert_is_shown(grade: Grade) -> None:
    verdict = grade("def add(a, b): return 5", check=CHECK)

    assert "AssertionError: two" in verdict.evidence


def test_an_exception_of_the_answer_is_a_runtime_error_with_its_traceback(grade: Grade) -> None:
    verdict = grade("def add(a, b): return a / 0", check=CHECK)

    assert Outcome.RUNTIME_ERROR is verdict.outcome
    assert 'File "solution.py", line 1, in add' in verdict.evidence


def test_an_exception_of_the_check_about_a_value_is_a_wrong_answer(grade: Grade) -> None:
    check = "def check(candidate):\n    assert abs(candidate(2, 3) - 5) < 1e-6\n"

    verdict = grade("def add(a, b): pass", check=check)

    assert Outcome.WRONG_ANSWER is verdict.outcome
    assert "TypeError" in verdict.evidence
    assert "returned None" in verdict.evidence


def test_a_check_may_expect_a_builtin_exception(grade: Grade) -> None:
    check = (
        "def check(candidate):\n"
        "    try: candidate(1, 'x')\n    except TypeError: pass\n    else: assert False\n"
        "    assert candidate(1, 2) == 3\n"
    )

    assert Outcome.PASSED is grade(RIGHT, check=check).outcome
    assert Outcome.WRONG_ANSWER is grade("def add(a, b): return 3", check=check).outcome


def test_an_assertion_error_of_the_answer_is_not_one_of_the_check(grade: Grade) -> None:
    check = (
        "def check(candidate):\n"
        "    try: candidate(1, 2)\n    except AssertionError: pass\n"
        "    assert candidate(0, 0) == 0\n"
    )

    verdict = grade("def add(a, b):\n    assert a == 0\n    return 0", check=check)

    assert Outcome.RUNTIME_ERROR is verdict.outcome


def test_the_prelude_is_there_for_the_check(grade: Grade) -> None:
    check = "def check(candidate):\n    assert candidate(1, 2) == helper(1, 2)\n"

    verdict = grade(RIGHT, check=check, prelude="def helper(a, b):\n    return a + b\n")

    assert Outcome.PASSED is verdict.outcome


@pytest.mark.parametrize(
    ("check", "prelude"),
    [
        ("def check(candidate) return", ""),
        ("x = 1", ""),
        (CHECK, "1 / 0"),
        ("def check(candidate): pass", ""),
        ("import sys\ndef check(candidate):\n    candidate(2, 3)\n    sys.exit(0)", ""),
        ("import os\ndef check(candidate):\n    candidate(2, 3)\n    os._exit(0)", ""),
        ("def check(candidate): candidate(object(), 1)", ""),
    ],
    ids=["syntax", "no-check", "bad-prelude", "no-call", "exit", "os-exit", "unsendable"],
)
def test_a_broken_check_is_an_error_of_the_harness(grade: Grade, check: str, prelude: str) -> None:
    verdict = grade(RIGHT, check=check, prelude=prelude)

    assert Outcome.ERROR is verdict.outcome, verdict


@pytest.mark.parametrize(
    "expression",
    ["candidate(1, 2) != 7", "not (candidate(1, 2) == 7)", "not candidate(1, 2)",
     "candidate(1, 2) is not None", "[candidate(1, 2)] != 1"],
)  # fmt: skip
def test_what_is_no_plain_value_fails_whatever_the_check_does_with_it(
    grade: Grade, expression: str
) -> None:
    check = f"def check(candidate):\n    assert {expression}\n"

    verdict = grade("class C: pass\ndef add(a, b): return C()", check=check)

    assert Outcome.WRONG_ANSWER is verdict.outcome
    assert "not a plain value" in verdict.evidence


def test_a_check_cannot_swallow_a_violation(grade: Grade) -> None:
    check = (
        "def check(candidate):\n    for _ in range(3):\n"
        "        try: candidate(1, 2)\n        except BaseException: pass\n"
    )
    double = (
        "import sys\nm = sys.modules.get('python_worker') or sys.modules['__main__']\n"
        "write = m._write\n"
        "def _write(fd, text):\n    write(fd, text)\n    write(fd, text)\n"
        "def add(a, b):\n    m._write = _write\n    return a + b\n"
    )

    verdict = grade(double, check=check)

    assert Outcome.WRONG_ANSWER is verdict.outcome
    assert "broke the protocol" in verdict.evidence


def test_a_check_that_hangs_ends_at_the_limit(grade: Grade) -> None:
    check = "def check(candidate):\n    candidate(1, 2)\n    while True: pass\n"

    verdict = grade(RIGHT, check=check, limits=Limits(time_s=1))

    assert Outcome.TIMEOUT is verdict.outcome
    assert verdict.grading_s is not None
    assert verdict.grading_s < 2


def test_an_answer_that_hangs_in_a_check_ends_at_the_limit(grade: Grade) -> None:
    verdict = grade("def add(a, b):\n    while True: pass", check=CHECK, limits=Limits(time_s=1))

    assert Outcome.TIMEOUT is verdict.outcome


def test_an_answer_that_dies_in_a_check_is_told(grade: Grade) -> None:
    verdict = grade("import os\ndef add(a, b): os._exit(7)", check=CHECK)

    assert Outcome.RUNTIME_ERROR is verdict.outcome
    assert "status 7" in verdict.evidence


def test_an_answer_without_the_function_is_told(grade: Grade) -> None:
    verdict = grade("x = 1", check=CHECK)

    assert Outcome.RUNTIME_ERROR is verdict.outcome
    assert "defines no function add" in verdict.evidence


def test_memory_and_output_have_their_own_outcomes_in_a_check(grade: Grade) -> None:
    memory = grade("def add(a, b): return len(bytearray(10**10))", check=CHECK)
    output = grade("def add(a, b):\n    while True: print('x' * 999)", check=CHECK)

    assert Outcome.MEMORY_LIMIT is memory.outcome
    assert Outcome.OUTPUT_LIMIT is output.outcome


def test_a_javascript_answer_can_be_checked_by_python(grade: Grade) -> None:
    check = "def check(candidate):\n    assert candidate(2, 3) == 5\n"

    verdict = grade("const add = (a, b) => a + b", "javascript", check=check)

    assert Outcome.PASSED is verdict.outcome


def test_a_dead_check_server_is_started_again(grade: Grade, own_judge: Judge) -> None:
    killer = "import os, signal\ndef check(candidate):\n    os.kill(os.getppid(), signal.SIGKILL)\n"

    first = grade(RIGHT, check=killer, judge=own_judge)
    second = grade(RIGHT, check=CHECK, judge=own_judge)
    third = grade(RIGHT, check=CHECK, judge=own_judge)

    assert Outcome.ERROR is first.outcome
    assert Outcome.PASSED in {second.outcome, third.outcome}
    assert Outcome.PASSED is third.outcome


def test_the_check_server_outlives_the_thread_that_needed_it_first(
    grade: Grade, own_judge: Judge
) -> None:
    for _ in range(3):
        with ThreadPoolExecutor(1) as executor:
            verdict = executor.submit(grade, RIGHT, check=CHECK, judge=own_judge).result()
        time.sleep(0.05)
        assert Outcome.PASSED is verdict.outcome


def test_many_checks_run_at_the_same_time(grade: Grade) -> None:
    with ThreadPoolExecutor(8) as executor:
        verdicts = list(executor.map(lambda _: grade(RIGHT, check=CHECK), range(40)))

    assert {Outcome.PASSED} == {verdict.outcome for verdict in verdicts}


@pytest.mark.parametrize(
    "code",
    [
        "def f(x):\n    if x == 1: return 2\n    raise StopIteration\n",
        "def f(x):\n    raise StopIteration\n",
    ],
)
def test_the_end_of_an_iteration_cannot_end_a_check(grade: Grade, code: str) -> None:
    check = (
        "def check(candidate):\n"
        "    for got, want in zip(map(candidate, [1, 2, 3]), [2, 3, 4]): assert got == want\n"
    )

    assert Outcome.RUNTIME_ERROR is grade(code, name="f", check=check).outcome


def test_an_answer_that_only_raises_is_not_an_error_of_ours(grade: Grade) -> None:
    check = (
        "def check(candidate):\n"
        "    try: candidate(3)\n    except ValueError: return\n    assert False\n"
    )

    verdict = grade("def f(x): raise ValueError", name="f", check=check)

    assert Outcome.WRONG_ANSWER is verdict.outcome


def test_an_object_in_other_words_is_still_no_plain_value(grade: Grade) -> None:
    code = (
        "import sys\nm = sys.modules.get('python_worker') or sys.modules['__main__']\n"
        "write = m._write\n"
        "m._write = lambda fd, text: write(fd, text.replace('{\"opaque\":', '{ \"opaque\":'))\n"
        "def f(x): return object()\n"
    )

    verdict = grade(code, name="f", check="def check(c): assert c(3) != 5\n")

    assert Outcome.PASSED is not verdict.outcome
