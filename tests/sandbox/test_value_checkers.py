"""Values of which several are right: in any order, or as a problem's own checker says."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pytest_llmbench.grading import Judge
from pytest_llmbench.vocabulary import (
    Answer,
    Assurance,
    ByValue,
    Case,
    Outcome,
    Problem,
    Verdict,
)

Grade = Callable[..., Verdict]

DIVISOR = """
def check(args, expected, actual):
    (number,) = args
    assert isinstance(actual, int), "not a whole number"
    return actual > 1 and number % actual == 0
"""


@pytest.fixture
def grade(judge: Judge) -> Grade:
    def grade(code: str, cases: tuple[Case, ...] = (), **how: object) -> Verdict:
        judging = ByValue(entry_point="f", cases=cases, **how)  # type: ignore[arg-type]
        problem = Problem(
            suite="s", id="v", task_id="p", language="python", prompt="", judging=judging
        )
        return judge.grade(problem, Answer(code=code, language="python", how="fence"))

    return grade


@pytest.mark.parametrize(
    ("value", "outcome"),
    [
        ("[3, 1, 2]", Outcome.PASSED),
        ("[2.0, 1, 3]", Outcome.PASSED),
        ("[1, 2]", Outcome.WRONG_ANSWER),
        ("[1, 2, 3, 3]", Outcome.WRONG_ANSWER),
        ("[1, 2, 2]", Outcome.WRONG_ANSWER),
        ("{1, 2, 3}", Outcome.WRONG_ANSWER),
    ],
)
def test_a_list_may_come_in_any_order(grade: Grade, value: str, outcome: Outcome) -> None:
    cases = (Case(args=(), returns=[1, 2, 3]),)

    verdict = grade(f"def f(): return {value}", cases, is_unordered=True)

    assert outcome is verdict.outcome, verdict


@pytest.mark.parametrize(
    ("code", "outcome", "evidence"),
    [
        ("def f(n): return 2", Outcome.PASSED, ""),
        ("def f(n): return n", Outcome.PASSED, ""),
        ("def f(n): return 5", Outcome.WRONG_ANSWER, "f(12) returned 5: the checker rejects it"),
        ("def f(n): return '2'", Outcome.WRONG_ANSWER, "f(12) returned '2': not a whole number"),
        ("def f(n): return None", Outcome.WRONG_ANSWER, "not a whole number"),
        ("def f(n): return object()", Outcome.WRONG_ANSWER, "which is not a plain value"),
        ("def f(n): return [object()]", Outcome.WRONG_ANSWER, "which is not a plain value"),
        ("def f(n): 1 / 0", Outcome.RUNTIME_ERROR, "ZeroDivisionError"),
        ("import os; os._exit(0)", Outcome.WRONG_ANSWER, "exited before it answered"),
    ],
)
def test_a_checker_says_what_is_right(
    grade: Grade, code: str, outcome: Outcome, evidence: str
) -> None:
    cases = (Case(args=(12,), returns=3), Case(args=(100,), returns=10))

    verdict = grade(code, cases, checker=DIVISOR)

    assert outcome is verdict.outcome, verdict
    assert evidence in verdict.evidence
    assert Assurance.VALUE is verdict.assurance
    assert (2 if outcome is Outcome.PASSED else 0) == verdict.cases_passed


def test_a_value_that_a_checker_cannot_use_is_wrong(grade: Grade) -> None:
    checker = "def check(args, expected, actual):\n    return len(actual) == 3\n"

    verdict = grade("def f(): return 5", (Case(args=(), returns=[]),), checker=checker)

    assert Outcome.WRONG_ANSWER is verdict.outcome
    assert "the checker could not use it: TypeError" in verdict.evidence


@pytest.mark.parametrize(
    ("checker", "why"),
    [
        ("def check(args, expected, actual): pass", "check returned None"),
        ("def check(args) return", "it cannot be defined: SyntaxError"),
        ("x = 1", "it cannot be defined: KeyError: 'check'"),
        ("def check(args, expected, actual): raise OSError('no')", "OSError: no"),
        ("def check(args, expected, actual): exit(0)", "NameError"),
        ("import os\ndef check(args, expected, actual): os._exit(0)", "process died"),
    ],
)
def test_a_broken_checker_is_no_fault_of_the_answer(grade: Grade, checker: str, why: str) -> None:
    verdict = grade("def f(): return 1", (Case(args=(), returns=1),), checker=checker)

    assert Outcome.ERROR is verdict.outcome, verdict
    assert why in verdict.evidence


def test_a_checker_is_not_where_the_answer_is(grade: Grade) -> None:
    secret = "the-checkers-own-words"
    checker = f"def check(args, expected, actual): return actual == '{secret}'"
    thief = (
        "import gc, glob\n"
        "def f():\n"
        f"    word = {secret[::-1]!r}[::-1]\n"
        "    for name in glob.glob('/proc/[0-9]*/environ') + glob.glob('/tmp/*'):\n"
        "        try: text = open(name).read()\n"
        "        except Exception: continue\n"
        "        if word in text: return word\n"
        "    found = [o for o in gc.get_objects() if isinstance(o, dict) and 'check' in o]\n"
        "    return word if found else ''\n"
    )

    verdict = grade(thief, (Case(args=(), returns=""),), checker=checker)

    assert Outcome.WRONG_ANSWER is verdict.outcome, verdict
