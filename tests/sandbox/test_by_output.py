"""Whole programs are judged by what they print, and compared where they cannot look."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest

from pytest_llmbench.grading import Judge
from pytest_llmbench.vocabulary import (
    Answer,
    Assurance,
    ByOutput,
    Checker,
    Comparison,
    IOCase,
    Limits,
    Outcome,
    Problem,
    Verdict,
)
from tests.sandbox.conftest import TEN_SECONDS, skip_without

SUMS = (IOCase(stdin="3 4\n5", stdout="12\n"), IOCase(stdin="", stdout="0\n"))
SUM = "import sys\nprint(sum(map(int, sys.stdin.read().split())))"
JS_SUM = (
    "const words = require('fs').readFileSync(0, 'utf8').split(/\\s+/).filter(Boolean);\n"
    "console.log(words.map(Number).reduce((a, b) => a + b, 0));"
)

Grade = Callable[..., Verdict]


@pytest.fixture
def grade(judge: Judge) -> Grade:
    numbers = itertools.count()

    def grade(
        code: str,
        language: str = "python",
        *,
        cases: tuple[IOCase, ...] = SUMS,
        limits: Limits = TEN_SECONDS,
        **how: Any,
    ) -> Verdict:
        skip_without(language)
        problem = Problem(
            suite="s", id=f"o{next(numbers)}", task_id="p", language=language, prompt="",
            judging=ByOutput(cases=cases, **how), limits=limits,
        )  # fmt: skip
        return judge.grade(problem, Answer(code=code, language=language, how="fence"))

    return grade


@pytest.mark.parametrize(
    ("language", "code"),
    [
        ("python", SUM),
        ("python", "import sys\nprint(sum(int(w) for line in sys.stdin for w in line.split()))"),
        ("python", "print(sum(map(int, open(0).read().split())), end='')"),
        ("python", f"if __name__ == '__main__':\n    {SUM.replace(chr(10), chr(10) + '    ')}"),
        ("python", f"import atexit\natexit.register(lambda: exec({SUM!r}))"),
        (
            "python",
            f"import threading\nthreading.Thread(target=exec, args=({SUM!r}, {{}})).start()",
        ),
        ("python", f"{SUM}\nexit()"),
        ("python", f"{SUM}\nimport sys; sys.exit(0)"),
        ("python", f"import sys\nprint('some words', file=sys.stderr)\n{SUM}"),
        ("javascript", JS_SUM),
        ("javascript", f"{JS_SUM}\nprocess.exit(0)"),
    ],
)
def test_a_right_program_passes(grade: Grade, language: str, code: str) -> None:
    verdict = grade(code, language)

    assert (Outcome.PASSED, "") == (verdict.outcome, verdict.evidence)
    assert Assurance.VALUE is verdict.assurance
    assert (2, 2) == (verdict.cases_passed, verdict.cases_total)


@pytest.mark.parametrize(
    ("code", "outcome", "evidence"),
    [
        ("print(13)", Outcome.WRONG_ANSWER, "word 1 is '13', expected '12'\nprinted: '13\\n'"),
        ("pass", Outcome.WRONG_ANSWER, "printed nothing, expected 1 word(s): '12\\n'"),
        ("import os; os._exit(0)", Outcome.WRONG_ANSWER, "printed nothing"),
        ("print(12); 1 / 0", Outcome.RUNTIME_ERROR, "line 1, in <module>"),
        ("print(12); exit(3)", Outcome.RUNTIME_ERROR, "exit status 3"),
        ("print(1", Outcome.RUNTIME_ERROR, "SyntaxError: '(' was never closed"),
        ("import os; os.kill(os.getpid(), 11)", Outcome.RUNTIME_ERROR, "killed by SIGSEGV"),
        ("x = 'x' * 10**10", Outcome.MEMORY_LIMIT, "MemoryError"),
        ("while True: pass", Outcome.TIMEOUT, "no answer within 1 s while it ran"),
        ("print('x' * 3_000_000)", Outcome.OUTPUT_LIMIT, "printed 1048576 bytes or more"),
        ("import sys\nsys.stderr.write('x' * 3_000_000)", Outcome.OUTPUT_LIMIT, "or more"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_wrong_program_says_what_is_wrong(
    grade: Grade, code: str, outcome: Outcome, evidence: str
) -> None:
    verdict = grade(code, limits=Limits(time_s=1))

    assert outcome is verdict.outcome, verdict
    assert verdict.evidence.startswith("run 1 of 2, standard input '3 4\\n5'\n")
    assert evidence in verdict.evidence
    assert "program_worker" not in verdict.evidence
    assert (0, 2) == (verdict.cases_passed, verdict.cases_total)


def test_the_first_run_that_fails_is_named(grade: Grade) -> None:
    verdict = grade("print(12)")

    assert verdict.evidence.startswith(
        "run 2 of 2, standard input ''\nword 1 is '12', expected '0'"
    )
    assert (1, 2) == (verdict.cases_passed, verdict.cases_total)


def test_every_run_has_the_time_of_its_own_but_not_for_ever(grade: Grade) -> None:
    slow = f"import time; time.sleep(0.3)\n{SUM}"

    enough = grade(slow, cases=SUMS * 2, limits=Limits(time_s=0.5))
    too_many = grade(slow, cases=SUMS * 20, limits=Limits(time_s=0.5))

    assert Outcome.PASSED is enough.outcome, enough
    assert Outcome.TIMEOUT is too_many.outcome
    assert "40 runs took more than 5 s" in too_many.evidence


def test_a_run_starts_anew(grade: Grade) -> None:
    counting = "import builtins\nbuiltins.n = getattr(builtins, 'n', 0) + 1\nprint(builtins.n)"

    verdict = grade(counting, cases=(IOCase(stdin="", stdout="1"),) * 3)

    assert Outcome.PASSED is verdict.outcome, verdict


def test_a_program_has_nothing_of_its_worker(grade: Grade) -> None:
    looking = (
        "import os, sys\n"
        "print(sorted(int(fd) for fd in os.listdir('/proc/self/fd') if int(fd) > 3), sys.argv)\n"
        "try: print(10 ** 5000)\nexcept ValueError: print('limited')\n"
        "print(sys.modules['__main__'].__name__, __name__, os.path.basename(os.getcwd()))\n"
    )

    verdict = grade(
        looking,
        cases=(IOCase(stdin="", stdout="[] ['solution.py'] limited __main__ __main__ work"),),
    )

    assert Outcome.PASSED is verdict.outcome, verdict


@pytest.mark.parametrize(
    ("printed", "how", "outcome"),
    [
        ("12.0000001", {"comparison": Comparison.FLOATS}, Outcome.PASSED),
        ("12.1", {"comparison": Comparison.FLOATS}, Outcome.WRONG_ANSWER),
        ("12.1", {"comparison": Comparison.FLOATS, "tolerance": 0.1}, Outcome.PASSED),
        (" 12", {"comparison": Comparison.EXACT}, Outcome.WRONG_ANSWER),
        (" 12", {"comparison": Comparison.TOKENS}, Outcome.PASSED),
    ],
)
def test_the_problem_says_how_outputs_are_compared(
    grade: Grade, printed: str, how: dict[str, Any], outcome: Outcome
) -> None:
    verdict = grade(f"print({printed!r})", cases=SUMS[:1], **how)

    assert outcome is verdict.outcome, verdict


PARITY = """
import sys
given, expected, output = (open(name).read() for name in sys.argv[1:])
print(f"saw {output.strip()!r} for {given.strip()!r}")
sys.exit(0 if int(expected) % 2 == int(output) % 2 else 1)
"""
CPP_PARITY = """
#include <fstream>
int main(int count, char** names) {
    int expected, output;
    std::ifstream(names[2]) >> expected;
    std::ifstream(names[3]) >> output;
    return expected % 2 != output % 2;
}
"""


@pytest.mark.parametrize(("language", "code"), [("python", PARITY), ("cpp", CPP_PARITY)])
def test_a_checker_decides_where_several_outputs_are_right(
    grade: Grade, language: str, code: str
) -> None:
    skip_without(language)
    checker = Checker(language=language, code=code)

    right, wrong = grade("print(2)", checker=checker), grade("print(3)", checker=checker)

    assert (Outcome.PASSED, 2) == (right.outcome, right.cases_passed)
    assert (Outcome.WRONG_ANSWER, 0) == (wrong.outcome, wrong.cases_passed)
    if language == "python":
        assert "the checker: saw '3' for '3 4\\n5'" in wrong.evidence


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("import sys; sys.exit(2)", "the checker ended with status 2"),
        ("1 / 0", "the checker ended with status 1: Traceback"),
        ("import os; os.kill(os.getpid(), 9)", "the checker ended with status 137"),
        ("x = 'x' * 10**10", "MemoryError"),
    ],
)
def test_a_broken_checker_is_no_fault_of_the_answer(grade: Grade, code: str, why: str) -> None:
    verdict = grade(SUM, checker=Checker(language="python", code=code))

    assert Outcome.ERROR is verdict.outcome
    assert why in verdict.evidence


def test_the_expected_output_is_not_where_the_answer_is(grade: Grade) -> None:
    thief = (
        "import os, glob\n"
        "for name in [*glob.glob('*'), *glob.glob('/tmp/**', recursive=True)]:\n"
        "    if name.rpartition('/')[2] in ('expected', 'output', 'input'): print(name)\n"
        "print(2)\n"
    )

    verdict = grade(thief, checker=Checker(language="python", code=PARITY))

    assert Outcome.PASSED is verdict.outcome, verdict
