"""Right answers pass in both languages, and wrong ones say what is wrong with them."""

from __future__ import annotations

import pytest

from pytest_llmbench.signature import parse_signature
from pytest_llmbench.vocabulary import (
    Answer,
    Assurance,
    ByBody,
    ByValue,
    Case,
    Limits,
    Outcome,
    Problem,
)
from tests.sandbox.conftest import Grade

PYTHON_ANSWERS = {
    "function": "def add(a, b):\n    return a + b\n",
    "lambda": "add = lambda a, b: a + b",
    "callable-object": "class Add:\n def __call__(s, a, b): return a + b\nadd = Add()",
    "helpers": "def _sum(xs): return sum(xs)\ndef add(a, b): return _sum([a, b])",
    "imports": "from functools import reduce\nimport operator, typing, dataclasses, re\n"
    "def add(a: int, b: int) -> int: return reduce(operator.add, (a, b))",
    "dataclass": "from dataclasses import dataclass\n@dataclass\nclass P:\n    a: int\n    b: int\n"
    "def add(a, b): p = P(a, b); return p.a + p.b",
    "main-guard": "def add(a, b): return a + b\nif __name__ == '__main__': raise SystemExit(1)",
    "prints": "print('hello')\ndef add(a, b):\n    print(a, b)\n    return a + b",
    "float": "def add(a, b): return float(a + b)",
    "threads": "from concurrent.futures import ThreadPoolExecutor\ndef add(a, b):\n"
    "    with ThreadPoolExecutor(2) as e: return sum(e.map(int, [a, b]))",
    "recursion": "def add(a, b): return a if b == 0 else add(a + (b > 0) - (b < 0), b - (b > 0)"
    " + (b < 0)) if abs(b) < 500 else a + b",
    "temporary-file": "import tempfile\ndef add(a, b):\n    with tempfile.TemporaryFile('w+') as f:"
    "\n        f.write(str(a + b)); f.seek(0); return int(f.read())",
    "unicode": "def add(a, b):\n    'größer ☃ 🎉'\n    return a + b",
    "stdin-is-empty": "import sys\nassert sys.stdin.read() == ''\ndef add(a, b): return a + b",
}
JAVASCRIPT_ANSWERS = {
    "function": "function add(a, b) { return a + b; }",
    "const": "const add = (a, b) => a + b;",
    "let": "let add = function (a, b) { return a + b; }",
    "strict": "'use strict';\nconst add = (a, b) => a + b;",
    "exports": "exports.add = (a, b) => a + b;",
    "module-exports": "module.exports = { add: (a, b) => a + b };",
    "module-exports-function": "module.exports = (a, b) => a + b;",
    "async": "async function add(a, b) { await new Promise(r => setTimeout(r, 5)); return a + b; }",
    "esm": "export function add(a, b) { return a + b; }",
    "esm-const": "export const add = (a, b) => a + b;",
    "esm-default": "export default function (a, b) { return a + b; }",
    "esm-default-named": "export default function add(a, b) { return a + b; }",
    "esm-default-object": "export default { add: (a, b) => a + b };",
    "esm-import": "import fs from 'fs';\nfunction add(a, b) { return fs ? a + b : 0; }",
    "top-level-await": "const zero = await Promise.resolve(0);\n"
    "export function add(a, b) { return a + b + zero; }",
    "require": "const util = require('util');\nfunction add(a, b) { return util ? a + b : 0; }",
    "class": "class Adder { add(a, b) { return a + b; } }\nconst add = (a, b) => new Adder().add(a, b);",  # noqa: E501
    "bigint": "function add(a, b) { return BigInt(a) + BigInt(b); }",
    "prints": "console.log('hello');\nfunction add(a, b) { console.log(a, b); return a + b; }",
    "trailing-comment": "function add(a, b) { return a + b; } // done",
    "shebang": "#!/usr/bin/env node\nfunction add(a, b) { return a + b; }",
}


@pytest.mark.parametrize("code", PYTHON_ANSWERS.values(), ids=PYTHON_ANSWERS.keys())
def test_a_right_python_answer_passes(grade: Grade, code: str) -> None:
    verdict = grade(code)

    assert Outcome.PASSED is verdict.outcome, verdict
    assert Assurance.VALUE is verdict.assurance
    assert (3, 3) == (verdict.cases_passed, verdict.cases_total)
    assert verdict.grading_s is not None


@pytest.mark.parametrize("code", JAVASCRIPT_ANSWERS.values(), ids=JAVASCRIPT_ANSWERS.keys())
def test_a_right_javascript_answer_passes(grade: Grade, code: str) -> None:
    verdict = grade(code, "javascript")

    assert Outcome.PASSED is verdict.outcome, verdict


@pytest.mark.parametrize(
    ("code", "outcome", "evidence"),
    [
        ("def add(a, b): return a - b", Outcome.WRONG_ANSWER, "add(2, 3) returned -1, expected 5"),
        ("def add(a, b): pass", Outcome.WRONG_ANSWER, "add(2, 3) returned None, expected 5"),
        ("def add(a, b) return", Outcome.COMPILE_ERROR, "SyntaxError: expected ':'"),
        ("x = '\\0'\ndef add(a, b): return x +\n", Outcome.COMPILE_ERROR, "line 2"),
        ("\0", Outcome.COMPILE_ERROR, "null bytes"),
        ("1 / 0", Outcome.RUNTIME_ERROR, 'File "solution.py", line 1, in <module>'),
        ("def add(a, b): return a / 0", Outcome.RUNTIME_ERROR, "ZeroDivisionError"),
        ("def add(a): return a", Outcome.RUNTIME_ERROR, "TypeError"),
        ("def sub(a, b): return a", Outcome.RUNTIME_ERROR, "defines no function add"),
        ("import no_such_module", Outcome.RUNTIME_ERROR, "ModuleNotFoundError"),
        ("def add(a, b): return add(a, b)", Outcome.RUNTIME_ERROR, "RecursionError"),
        ("import os; os._exit(3)", Outcome.RUNTIME_ERROR, "status 3"),
        ("def add(a, b): return input()", Outcome.RUNTIME_ERROR, "EOFError"),
        ("def add(a, b): raise MemoryError", Outcome.MEMORY_LIMIT, "MemoryError"),
        ("def add(a, b): return 'x' * 20_000_000", Outcome.WRONG_ANSWER, ""),
        ("import os; os._exit(0)", Outcome.WRONG_ANSWER, "exited before it answered"),
        ("import sys; sys.exit('bad')", Outcome.RUNTIME_ERROR, "SystemExit: bad"),
        ("import ctypes; ctypes.string_at(0)", Outcome.RUNTIME_ERROR, "status 139"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_wrong_python_answer_says_what_is_wrong(
    grade: Grade, code: str, outcome: Outcome, evidence: str
) -> None:
    verdict = grade(code)

    assert outcome is verdict.outcome, verdict
    assert evidence in verdict.evidence
    assert len(verdict.evidence) <= 4096


@pytest.mark.parametrize(
    ("code", "outcome", "evidence"),
    [
        ("const add = (a, b) => a - b", Outcome.WRONG_ANSWER, "add(2, 3) returned -1, expected 5"),
        ("function add(a, b) {", Outcome.COMPILE_ERROR, "SyntaxError"),
        ("export function add(a, b) { return a + }", Outcome.COMPILE_ERROR, "SyntaxError"),
        ("null.x", Outcome.RUNTIME_ERROR, "solution.js:1"),
        ("import x from 'no-such'; function add() {}", Outcome.RUNTIME_ERROR, "no-such"),
        ("function add() { throw new RangeError('no') }", Outcome.RUNTIME_ERROR, "RangeError: no"),
        ("function add() { throw 5 }", Outcome.RUNTIME_ERROR, "5"),
        ("function add() { return add() }", Outcome.RUNTIME_ERROR, "RangeError"),
        ("function sub() {}", Outcome.RUNTIME_ERROR, "defines no function add"),
        ("function add() {}", Outcome.WRONG_ANSWER, "returned None"),
        ("process.exit(3)", Outcome.RUNTIME_ERROR, "status 3"),
        ("process.exit(0)", Outcome.WRONG_ANSWER, "exited before it answered"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_wrong_javascript_answer_says_what_is_wrong(
    grade: Grade, code: str, outcome: Outcome, evidence: str
) -> None:
    verdict = grade(code, "javascript")

    assert outcome is verdict.outcome, verdict
    assert evidence in verdict.evidence


def test_cases_before_the_first_failing_one_are_counted(grade: Grade) -> None:
    verdict = grade("def add(a, b): return a + b if a < 5 else 0")

    assert Outcome.WRONG_ANSWER is verdict.outcome
    assert (1, 3) == (verdict.cases_passed, verdict.cases_total)
    assert verdict.evidence == "add(10, -4) returned 0, expected 6"


def test_a_traceback_shows_only_the_frames_of_the_answer(grade: Grade) -> None:
    verdict = grade("def inner(a):\n    return a.x\ndef add(a, b):\n    return inner(a)\n")

    assert verdict.evidence.splitlines() == [
        "add(2, 3)",
        "Traceback (most recent call last):",
        '  File "solution.py", line 4, in add',
        "    return inner(a)",
        '  File "solution.py", line 2, in inner',
        "    return a.x",
        "AttributeError: 'int' object has no attribute 'x'",
    ]


@pytest.mark.parametrize("language", ["python", "javascript"])
@pytest.mark.parametrize(
    "value",
    [None, True, 0, -1, 2**53, 2**80, -(2**80), 0.1, -0.0, float("inf"), "", "ä☃\ud800\0", [], [[1, "a"]],  # noqa: E501
     {"a": 1}, {1: "a"}, {1, 2}, {"__proto__": 1}],
    ids=ascii,
)  # fmt: skip
def test_every_kind_of_value_goes_in_and_comes_out(
    grade: Grade, language: str, value: object
) -> None:
    code = "def same(x): return x" if language == "python" else "const same = (x) => x"

    verdict = grade(code, language, name="same", cases=(Case(args=(value,), returns=value),))

    assert Outcome.PASSED is verdict.outcome, verdict


@pytest.mark.parametrize(
    ("declared", "outcome"),
    [("list[int]", Outcome.WRONG_ANSWER), ("tuple[int, ...]", Outcome.PASSED)],
)
def test_a_declared_list_is_not_a_tuple(
    judge, declared: str, outcome: Outcome  # type: ignore[no-untyped-def]
) -> None:  # fmt: skip
    returns: object = (1, 2) if declared.startswith("tuple") else [1, 2]
    judging = ByValue(
        entry_point="f",
        cases=(Case(args=(), returns=returns),),
        signature=parse_signature(f"f() -> {declared}"),
    )
    problem = Problem(suite="s", id="p", task_id="p", language="python", prompt="", judging=judging)

    verdict = judge.grade(
        problem, Answer(code="def f(): return (1, 2)", language="python", how="fence")
    )

    assert outcome is verdict.outcome


def test_no_code_is_no_answer(judge) -> None:  # type: ignore[no-untyped-def]
    problem = Problem(
        suite="s", id="p", task_id="p", language="python", prompt="",
        judging=ByValue(entry_point="f", cases=()),
    )  # fmt: skip

    verdict = judge.grade(problem, Answer(code=None, language="python", how="none"))

    assert Outcome.NO_ANSWER is verdict.outcome
    assert Assurance.NONE is verdict.assurance


def test_a_problem_of_a_test_body_is_not_graded_here(judge) -> None:  # type: ignore[no-untyped-def]
    problem = Problem(
        suite="s", id="p", task_id="p", language="python", prompt="", judging=ByBody()
    )

    with pytest.raises(ValueError, match="test function"):
        judge.grade(problem, Answer(code="", language="python", how="bare"))


def test_an_unknown_language_is_an_error_of_the_harness(judge) -> None:  # type: ignore[no-untyped-def]
    problem = Problem(
        suite="s", id="p", task_id="p", language="cobol", prompt="",
        judging=ByValue(entry_point="f", cases=()),
    )  # fmt: skip

    verdict = judge.grade(problem, Answer(code="x", language="cobol", how="fence"))

    assert Outcome.ERROR is verdict.outcome


def test_time_is_the_whole_samples(grade: Grade) -> None:
    code = "import time\ndef add(a, b):\n    time.sleep(0.4)\n    return a + b"

    verdict = grade(code, limits=Limits(time_s=1))

    assert Outcome.TIMEOUT is verdict.outcome
    assert "no answer within 1 s" in verdict.evidence
    assert 2 == verdict.cases_passed
