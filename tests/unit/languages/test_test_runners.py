"""How an answer and its tests become one program, in the languages that run without a build."""

from __future__ import annotations

import pytest

from pytest_llmbench.languages import find_language

PYTHON = find_language("python").runners["program"]
JAVASCRIPT = find_language("javascript").runners["program"]


def python_tests(tests: str) -> str:
    return PYTHON.files("", "", tests)["tests.py"]


def test_imports_from_the_future_come_before_the_prelude() -> None:
    code = "import re\nfrom __future__ import annotations\nx = 1\n"

    solution = PYTHON.files("import math\n", code, "")["solution.py"]

    assert "from __future__ import annotations\nimport math\n\nimport re\nx = 1\n\n" == solution


@pytest.mark.parametrize(
    "tests",
    [
        "assert f()\n",
        "def test_f():\n    assert f()\ntest_f()\n",
        "def check(g):\n    assert g()\ncheck(f)\n",
        "import unittest\nclass T(unittest.TestCase):\n    pass\nunittest.main()\n",
    ],
)
def test_tests_that_run_themselves_are_left_as_they_are(tests: str) -> None:
    assert tests == python_tests(tests)


def test_functions_that_a_runner_would_find_are_called() -> None:
    tests = "def test_a():\n    pass\ndef helper():\n    pass\ndef test_b():\n    helper()\n"

    assert f"{tests}\ntest_a()\ntest_b()" == python_tests(tests)


def test_classes_that_a_runner_would_find_are_run() -> None:
    tests = "from unittest import TestCase\nclass T(TestCase):\n    pass\n"

    completed = python_tests(tests)

    assert completed.startswith(tests)
    assert "unittest.main(" in completed
    assert completed == python_tests(completed)


def test_the_ending_comes_after_what_runs_the_tests() -> None:
    assert PYTHON.ending is not None
    ended = PYTHON.ending("def test_a():\n    pass\n", "the-end")

    assert ended.index("test_a()\n") < ended.index("the-end")
    assert ended == python_tests(ended)


def test_javascript_gets_a_console_assert_that_fails() -> None:
    files = JAVASCRIPT.files("const one = 1;", "const f = () => one;", "f();")

    assert "const one = 1;\nconst f = () => one;\nf();\n" == files["solution.js"]
    assert "console.assert = " in files["assert.cjs"]
    assert ("--require", "./assert.cjs", "solution.js") == JAVASCRIPT.build.run[-3:]


@pytest.mark.parametrize(
    ("runner", "said", "is_failure"),
    [
        (PYTHON, "Traceback\nAssertionError: no", True),
        (PYTHON, "FAIL: test_a (T)", True),
        (PYTHON, "ERROR: test_a (T)\nValueError", False),
        (JAVASCRIPT, "AssertionError [ERR_ASSERTION]: 1 == 2", True),
        (JAVASCRIPT, "Error [AssertionError]: Assertion failed", True),
        (JAVASCRIPT, "TypeError: f is not a function", False),
    ],
)
def test_a_failed_assertion_is_told_from_other_errors(
    runner: object, said: str, is_failure: bool
) -> None:
    assert is_failure == bool(runner.failure.search(said))  # type: ignore[attr-defined]
