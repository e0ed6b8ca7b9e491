"""Problems of a task file that are judged by output, by program, by SQL, or by a checker."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from textwrap import dedent

import pytest

from pytest_llmbench.errors import SuiteError
from pytest_llmbench.suites import load_task_file
from pytest_llmbench.vocabulary import (
    ByOutput,
    ByProgram,
    BySql,
    ByValue,
    Checker,
    Comparison,
    IOCase,
    Limits,
    Problem,
)

Load = Callable[..., list[Problem]]

INSTALLED = "python javascript cpp sqlite duckdb"


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Read the problems of a file that holds one, given by its keys but `id` and `prompt`."""

    def load(keys: str, installed: str = INSTALLED) -> list[Problem]:
        path = tmp_path / "t.llmbench.yaml"
        lines = "".join(f"  {line}\n" for line in dedent(keys).strip("\n").splitlines())
        path.write_text(f"problems:\n- id: p\n  prompt: Do it.\n{lines}", encoding="utf-8")
        suite = load_task_file(path, lambda name: name in installed.split())
        return list(suite.problems)

    return load


def test_a_program_is_judged_by_its_output_in_every_language_that_has_programs(load: Load) -> None:
    problems = load("""
        io:
        - {stdin: "1 2\\n", stdout: "3\\n"}
        - stdout: "0"
        reference: {python: print(3)}
        limits: {build_s: 5}
        """)

    assert ["python", "javascript", "cpp"] == [problem.language for problem in problems]
    python, javascript, _ = problems
    assert (
        ByOutput(cases=(IOCase(stdin="1 2\n", stdout="3\n"), IOCase(stdin="", stdout="0")))
        == python.judging
    )
    assert (("print(3)",), ()) == (python.references, javascript.references)
    assert Limits(build_s=5.0) == python.limits
    assert "Do it." in javascript.prompt
    assert "Write it in JavaScript, as a whole program" in javascript.prompt
    assert "```javascript code block" in javascript.prompt
    assert python.entry_point is None


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ("comparison: exact", ByOutput(cases=(), comparison=Comparison.EXACT)),
        (
            "comparison: floats\ntolerance: 1.0e-9",
            ByOutput(cases=(), comparison=Comparison.FLOATS, tolerance=1e-9),
        ),
        (
            "checker: {language: cpp, code: 'int main() {}'}",
            ByOutput(cases=(), checker=Checker(language="cpp", code="int main() {}")),
        ),
    ],
)
def test_the_file_says_how_outputs_are_compared(load: Load, keys: str, expected: ByOutput) -> None:
    (problem,) = load(f"languages: python\nio: [{{stdout: '1'}}]\n{keys}")

    assert isinstance(problem.judging, ByOutput)
    assert (expected.comparison, expected.tolerance, expected.checker) == (
        problem.judging.comparison,
        problem.judging.tolerance,
        problem.judging.checker,
    )


def test_tests_offer_a_problem_in_their_languages(load: Load) -> None:
    problems = load("""
        signature: "add(a: int, b: int) -> int"
        tests:
          python: assert add(1, 2) == 3
          rust: "#[test] fn f() { assert_eq!(add(1, 2), 3); }"
        prelude: {python: import math}
        runner: {rust: cargotest}
        blinds: 3
        mutants: {rust: [x]}
        """)

    python, rust = problems
    assert (
        ByProgram(tests="assert add(1, 2) == 3", prelude="import math", blinds=3) == python.judging
    )
    assert isinstance(rust.judging, ByProgram)
    assert ("rust", "cargotest", "") == (
        rust.language,
        rust.judging.runner,
        rust.judging.prelude,
    )
    assert ("add", ("x",)) == (rust.entry_point, rust.mutants)
    assert "def add(a: int, b: int) -> int:" in python.prompt


def test_tests_need_no_signature(load: Load) -> None:
    (problem,) = load("tests: {python: assert Stack().pop() is None}\n")

    assert ("Do it.", None) == (problem.prompt, problem.entry_point)


def test_sql_is_offered_in_the_dialects_of_this_machine(load: Load) -> None:
    problems = load("""
        setup: CREATE TABLE t (x INTEGER)
        query: SELECT x FROM t
        ordered: true
        """)

    assert ["sqlite", "duckdb"] == [problem.language for problem in problems]
    sqlite = problems[0]
    assert (
        BySql(setup="CREATE TABLE t (x INTEGER)", query="SELECT x FROM t", is_ordered=True)
        == sqlite.judging
    )
    assert ("SELECT x FROM t",) == sqlite.references
    assert "Write it in SQL for SQLite." in sqlite.prompt
    assert "```sql code block that holds one query" in sqlite.prompt


def test_sql_may_differ_from_dialect_to_dialect(load: Load) -> None:
    problems = load("""
        setup: {sqlite: A, postgresql: B}
        rows: [[1, x, null, 1.5, true, 2026-01-31]]
        state: SELECT * FROM t
        reference: {postgresql: C}
        """)

    sqlite, postgresql = problems
    row = (1, "x", None, 1.5, True, date(2026, 1, 31))
    assert BySql(setup="A", rows=(row,), state=("SELECT * FROM t",)) == sqlite.judging
    assert BySql(setup="B", rows=(row,), state=("SELECT * FROM t",)) == postgresql.judging
    assert ((), ("C",)) == (sqlite.references, postgresql.references)
    assert "holds the statements" in sqlite.prompt


def test_values_may_be_checked_by_code_or_come_in_any_order(load: Load) -> None:
    function = "signature: 'f(n: int) -> list[int]'\nlanguages: python\n"
    cases = "cases: [{args: [1], returns: [1]}]\n"

    (unordered,) = load(f"{function}{cases}unordered: true")
    (checked,) = load(
        f"{function}{cases}checker: |\n  def check(args, expected, actual):\n    return True\n"
    )

    assert isinstance(unordered.judging, ByValue)
    assert unordered.judging.is_unordered
    assert isinstance(checked.judging, ByValue)
    assert "def check(args, expected, actual):\n  return True\n" == checked.judging.checker


IO = "io: [{stdout: '1'}]"
FUNCTION = "signature: 'f(n: int) -> int'\ncases: [{args: [1], returns: 1}]"
SQL = "setup: CREATE TABLE t (x INTEGER)"
MISTAKES = {
    "two ways": (f"{FUNCTION}\n{IO}", 6, "problem 'p' has both 'cases' and 'io'; it is judged"),
    "a key of another way": (
        f"{FUNCTION}\ncomparison: exact",
        6,
        "'comparison' belongs to problems with 'io', not 'cases'",
    ),
    "a signature for a program": (
        f"signature: 'f() -> int'\n{IO}",
        4,
        "'signature' belongs to problems with 'cases' or 'tests', not 'io'",
    ),
    "no io": ("io: []", 4, "io: the list is empty; expected {stdin: ..., stdout: ...}"),
    "io without output": ("io:\n- stdin: '1'", 5, "item 1 of io: 'stdout' is missing"),
    "io of numbers": ("io:\n- stdout: 1", 5, "stdout: must be text, not 1; put it in quotes"),
    "unknown key of io": ("io: [{out: x}]", 4, "unknown key 'out'; did you mean 'stdout'?"),
    "unknown comparison": (
        f"{IO}\ncomparison: fuzzy",
        5,
        "comparison: 'fuzzy' is none of tokens, exact, floats",
    ),
    "tolerance of words": (f"{IO}\ntolerance: 0.1", 5, "tolerance: it is for 'comparison: floats'"),
    "checker and comparison": (
        f"{IO}\ncomparison: exact\nchecker: {{language: python, code: x}}",
        5,
        "comparison: the checker decides; drop one of the two",
    ),
    "checker in an unknown language": (
        f"{IO}\nchecker: {{language: cobol, code: x}}",
        5,
        "unknown language 'cobol'; known languages: ",
    ),
    "checker without code": (
        f"{IO}\nchecker: {{language: python}}",
        5,
        "checker: 'code' is missing",
    ),
    "checker as text": (f"{IO}\nchecker: x", 5, "checker: must be a mapping"),
    "tests in an unknown language": ("tests: {pyton: x}", 4, "unknown language 'pyton'; did you"),
    "no tests": ("tests: {}", 4, "tests: expected 'language: test code'"),
    "languages without tests": (
        "languages: [python, ruby]\ntests: {python: x}",
        4,
        "languages: there are no tests in ruby",
    ),
    "unknown runner": (
        "tests: {python: x}\nrunner: jest",
        5,
        "Python has no runner 'jest' for tests; known: program",
    ),
    "runner of a language": (
        "tests: {python: x}\nrunner: {python: jest}",
        5,
        "Python has no runner 'jest' for tests; known: program",
    ),
    "prelude in another language": (
        "tests: {python: x}\nprelude: {ruby: y}",
        5,
        "'ruby' is none of this problem's languages (python); add it there, or remove this",
    ),
    "blinds below 0": ("tests: {python: x}\nblinds: -1", 5, "blinds: must be at least 0, not -1"),
    "both names": (
        "tests: {python: x}\nsignature: 'f() -> int'\nentry_point: f",
        6,
        "expected one of 'signature' and 'entry_point', or neither",
    ),
    "neither query nor rows": (SQL, 2, "problem 'p': expected one of 'query' (a right one)"),
    "both query and rows": (f"{SQL}\nquery: x\nrows: [[1]]", 2, "problem 'p': expected one of"),
    "unknown dialect": (
        f"{SQL}\nquery: x\ndialects: [sqlit]",
        6,
        "unknown language 'sqlit'; did you mean 'sqlite'?",
    ),
    "no dialects": (f"{SQL}\nquery: x\ndialects: []", 6, "dialects: the list is empty"),
    "languages of SQL": (
        f"{SQL}\nquery: x\nlanguages: python",
        6,
        "languages: SQL has 'dialects' instead",
    ),
    "a dialect without setup": (
        "setup: {sqlite: x}\nquery: x\ndialects: [sqlite, duckdb]",
        4,
        "setup: there is none for duckdb",
    ),
    "a query in a dialect that is not offered": (
        f"{SQL}\nquery: {{oracle: x}}\ndialects: sqlite",
        5,
        "'oracle' is none of this problem's languages (sqlite); add it there, or remove this",
    ),
    "rows of several lengths": (f"{SQL}\nrows: [[1], [1, 2]]", 5, "rows: they differ in length"),
    "a list in a cell": (f"{SQL}\nrows: [[[1]]]", 5, "item 1 of item 1 of rows: a cell holds one"),
    "ordered as a word": (f"{SQL}\nquery: x\nordered: very", 6, "ordered: must be true or false"),
    "unordered number": (
        f"{FUNCTION}\nunordered: true",
        6,
        "unordered: for functions that return a list, not int",
    ),
    "checker that is no code": (
        f"{FUNCTION}\nchecker: 'def check('",
        6,
        "checker: '(' was never closed",
    ),
    "checker that checks nothing": (
        f"{FUNCTION}\nchecker: 'x = 1'",
        6,
        "checker: expected 'def check(args, expected, actual):' in Python",
    ),
}


@pytest.mark.parametrize(("keys", "line", "message"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_one_line_with_its_place(
    load: Load, tmp_path: Path, keys: str, line: int, message: str
) -> None:
    with pytest.raises(SuiteError) as caught:
        load(keys)

    said = str(caught.value)
    assert said.startswith(f"{tmp_path / 't.llmbench.yaml'}:{line}: {message}"), said
    assert "\n" not in said
