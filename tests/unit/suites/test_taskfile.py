"""Reading `*.llmbench.yaml`: what it gives, and one line for every mistake."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from pytest_llmbench.errors import SuiteError
from pytest_llmbench.suites import load_task_file
from pytest_llmbench.vocabulary import ByValue, Case, Limits, Suite

Load = Callable[..., Suite]

ISSUE_EXAMPLE = r"""
    suite: mine
    problems:
    - id: add
      prompt: Return the sum of two integers.
      signature: "add(a: int, b: int) -> int"
      languages: [python, javascript]        # default: all that are installed
      difficulty: easy
      cases:
      - {args: [2, 3], returns: 5}
      - {args: [-1, 1], returns: 0}
      reference: {python: "def add(a, b):\n    return a + b\n"}
      mutants: {python: ["def add(a, b):\n    return a - b\n"]}
    """


@pytest.fixture
def load(tmp_path: Path) -> Load:
    def load(text: str, *, name: str = "t.llmbench.yaml", installed: str = "python javascript"):
        path = tmp_path / name
        path.write_text(dedent(text).lstrip("\n"), encoding="utf-8")
        return load_task_file(path, lambda language: language in installed.split())

    return load


def problem(extra: str = "", **replaced: str | None) -> str:
    """Give a task file with one right problem, a key a line, the problem from line 2 on."""
    keys: dict[str, str | None] = {
        "id": "add",
        "prompt": "Add.",
        "signature": '"add(a: int, b: int) -> int"',
        "cases": "[{args: [1, 2], returns: 3}]",
        **replaced,
    }
    lines = [f"{key}: {value}" for key, value in keys.items() if value is not None]
    return "\n".join(["problems:", "- " + "\n  ".join([*lines, *extra.splitlines()]), ""])


def test_the_example_of_the_documentation_is_read(load: Load, tmp_path: Path) -> None:
    suite = load(ISSUE_EXAMPLE)

    assert "mine" == suite.name
    assert str(tmp_path / "t.llmbench.yaml") == suite.source
    content = (tmp_path / "t.llmbench.yaml").read_bytes()
    assert hashlib.sha256(content).hexdigest() == suite.sha256
    python, javascript = suite.problems
    assert ("mine/add-python", "mine/add", "python") == (python.id, python.task_id, python.language)
    assert ("mine/add-javascript", "mine/add") == (javascript.id, javascript.task_id)
    assert "easy" == python.difficulty
    assert "add" == python.entry_point
    assert ("def add(a, b):\n    return a + b\n",) == python.references
    assert ("def add(a, b):\n    return a - b\n",) == python.mutants
    assert () == javascript.references == javascript.mutants
    assert isinstance(python.judging, ByValue)
    assert (Case(args=(2, 3), returns=5), Case(args=(-1, 1), returns=0)) == python.judging.cases
    assert "add(a: int, b: int) -> int" == str(python.judging.signature)
    assert "def add(a: int, b: int) -> int:" in python.prompt
    assert "function add(a, b)" in javascript.prompt


def test_the_suite_is_named_after_the_file(load: Load) -> None:
    assert "my-tasks" == load(problem(), name="my-tasks.llmbench.yaml").name


def test_without_languages_the_installed_ones_are_offered(load: Load) -> None:
    text = problem("reference: {javascript: x}")

    assert ["python"] == [each.language for each in load(text, installed="python").problems]


@pytest.mark.parametrize(
    "replaced",
    [
        {"signature": None, "entry_point": "f"},
        {"signature": '"f(a: any, b: int) -> int"'},
        {"signature": '"f(new: int, b: int) -> int"'},
        {"cases": f"[{{args: [{2**63}, 0], returns: 0}}]"},
    ],
    ids=["no signature", "no such type", "a reserved word", "a large number"],
)
def test_a_language_that_cannot_have_a_problem_is_not_offered_unasked(
    load: Load, replaced: dict[str, str | None]
) -> None:
    suite = load(problem(**replaced), installed="python cpp")

    assert ["python"] == [each.language for each in suite.problems]


def test_a_named_language_is_offered_even_if_it_is_not_installed(load: Load) -> None:
    suite = load(problem("languages: [javascript]"), installed="python")

    assert ["t/add-javascript"] == [each.id for each in suite.problems]


def test_with_an_entry_point_the_prompt_is_sent_verbatim(load: Load) -> None:
    text = problem(
        signature=None, prompt='" Define `add`.\\n"', entry_point="add", languages="python"
    )

    (only,) = load(text).problems

    assert " Define `add`.\n" == only.prompt
    assert ByValue(entry_point="add", cases=(Case(args=(1, 2), returns=3),)) == only.judging


def test_values_become_what_the_signature_says(load: Load) -> None:
    text = problem(
        signature='"f(a: tuple[int, str], b: set[float], c: dict[int, any]) -> list[str] | None"',
        cases="[{args: [[1, x], [1, 2.5], {3: [4]}], returns: null}]",
        languages="[python]",
    )

    (only,) = load(text).problems

    assert isinstance(only.judging, ByValue)
    assert (Case(args=((1, "x"), {1.0, 2.5}, {3: [4]}), returns=None),) == only.judging.cases


def test_defaults_hold_for_every_problem_that_says_nothing_else(load: Load) -> None:
    suite = load("""
        defaults: {languages: [python], difficulty: hard, tags: [x, y], limits: {time_s: 2}}
        problems:
        - {id: a, prompt: P, entry_point: f, cases: [{args: [], returns: 1}]}
        - id: b
          prompt: P
          entry_point: f
          cases: [{args: [], returns: 1}]
          difficulty: easy
          tags: z
          released: 2026-01-31
          limits: {memory_mb: 64, output_kb: 0.5}
        """)

    a, b = suite.problems
    assert ("hard", ("x", "y"), None) == (a.difficulty, a.tags, a.released)
    assert Limits(time_s=2.0) == a.limits
    assert ("easy", ("z",), "2026-01-31") == (b.difficulty, b.tags, b.released)
    assert Limits(time_s=2.0, memory_bytes=64 * 2**20, output_bytes=512) == b.limits


def test_reading_twice_gives_equal_suites(load: Load) -> None:
    assert load(ISSUE_EXAMPLE) == load(ISSUE_EXAMPLE)


CASE = "{args: [1, 2], returns: 3}"
MISTAKES = {
    "not yaml": ("problems: [", 1, "not valid YAML: "),
    "no problems": ("suite: x\n", 1, "'problems' is missing; expected a list of problems"),
    "empty problems": ("suite: x\nproblems: []\n", 2, "problems: the list is empty; expected"),
    "unknown key at the top": (
        "problem: []\n",
        1,
        "unknown key 'problem'; did you mean 'problems'?",
    ),
    "unknown key in a problem": (
        problem("difficult: easy"),
        6,
        "unknown key 'difficult'; did you mean 'difficulty'?",
    ),
    "unknown key in the defaults": (
        "defaults: {tag: x}\n" + problem(),
        1,
        "unknown key 'tag'; did you mean 'tags'?",
    ),
    "unknown key in a case": (
        problem(cases="[{args: [1, 2], return: 3}]"),
        5,
        "unknown key 'return'; did you mean 'returns'?",
    ),
    "unknown key in limits": (
        problem("limits: {time: 3}"),
        6,
        "unknown key 'time'; did you mean 'time_s'?",
    ),
    "no id": (problem(id=None), 2, "item 1 of problems: 'id' is missing"),
    "no prompt": (problem(prompt=None), 2, "item 1 of problems: 'prompt' is missing"),
    "empty prompt": (problem(prompt='" "'), 3, "prompt is empty; expected text"),
    "bad id": (
        problem(id='"a b"'),
        2,
        "id 'a b' must be made of letters, digits and _ . - / +",
    ),
    "numeric id": (problem(id="7"), 2, "id: must be text, not 7; put it in quotes"),
    "bad suite": (
        "suite: a/b\n" + problem(),
        1,
        "suite 'a/b' must be made of letters, digits and _ . - +",
    ),
    "duplicate id": (
        problem() + problem().removeprefix("problems:\n"),
        6,
        "id 'add' is given twice (first on line 2); ids must differ",
    ),
    "neither signature nor entry_point": (
        problem(signature=None),
        2,
        "problem 'add': expected one of 'signature' (like 'add(a: int, b: int) -> int',"
        " shown to the model) and 'entry_point' (a function that the prompt names)",
    ),
    "both signature and entry_point": (
        problem("entry_point: add"),
        2,
        "problem 'add': expected one of 'signature'",
    ),
    "bad entry_point": (
        problem(signature=None, entry_point="a-b"),
        5,
        "entry_point 'a-b' is not a function's name",
    ),
    "bad signature": (
        problem(signature="add(a, b"),
        4,
        "signature: not a signature: 'add(a, b'; write it like 'add(a: int, b: int) -> int'",
    ),
    "unknown type": (
        problem(signature='"add(a: integer, b: int) -> int"'),
        4,
        "signature: parameter 'a': unknown type 'integer'; known: int,",
    ),
    "reserved word": (
        problem("languages: javascript", signature='"add(new: int, b: int) -> int"'),
        4,
        "signature: 'new' is a reserved word in JavaScript; use another name",
    ),
    "a type that a named language lacks": (
        problem("languages: [python, cpp]", signature='"add(a: any, b: int) -> int"'),
        4,
        "signature: C++: there is no type for any",
    ),
    "no signature for a named language that needs one": (
        problem("languages: cpp", signature=None, entry_point="f"),
        5,
        "entry_point: calling a function in C++ needs a signature",
    ),
    "a number that a named language lacks": (
        problem(
            "languages: cpp",
            cases=f"\n  - {CASE}\n  - {{args: [9223372036854775808, 0], returns: 0}}",
        ),
        7,
        "item 2 of cases: 9223372036854775808 is beyond the integers of C++ (64 bits)",
    ),
    "no cases": (
        problem(cases=None),
        2,
        "problem 'add' has no cases; expected a list like '- {args: [2, 3], returns: 5}'",
    ),
    "empty cases": (problem(cases="[]"), 5, "problem 'add' has no cases; expected a list"),
    "a case without returns": (
        problem(cases="\n  - {args: [1, 2]}"),
        6,
        "item 1 of cases: 'returns' is missing; expected {args: [2, 3], returns: 5}",
    ),
    "args not a list": (
        problem(cases="\n  - {args: 1, returns: 1}"),
        6,
        "args: must be a list, not 1",
    ),
    "wrong arity": (
        problem(cases=f"\n  - {CASE}\n  - {{args: [1], returns: 1}}"),
        7,
        "item 2 of cases: 1 argument(s), but add(a: int, b: int) -> int takes 2",
    ),
    "wrong type of an argument": (
        problem(cases="\n  - args:\n    - 1\n    - x\n    returns: 3"),
        8,
        "item 1 of cases: argument 'b': 'x' is not of type int",
    ),
    "wrong type of the result": (
        problem(cases="\n  - args: [1, 2]\n    returns: 3.5"),
        7,
        "item 1 of cases: returns: 3.5 is not of type int",
    ),
    "a date as a value": (
        problem(signature=None, entry_point="f", cases="[{args: [2026-01-31], returns: 1}]"),
        4,
        "item 1 of args: 2026-01-31 is a date to YAML; put it in quotes if it is text",
    ),
    "unknown language": (
        problem("languages:\n- python\n- javascrpt"),
        8,
        "unknown language 'javascrpt'; did you mean 'javascript'?",
    ),
    "very unknown language": (
        problem("languages: cobol"),
        6,
        "unknown language 'cobol'; known languages: python, javascript",
    ),
    "no languages": (problem("languages: []"), 6, "languages: the list is empty"),
    "reference in an unknown language": (
        problem("reference:\n  pyton: x"),
        7,
        "unknown language 'pyton'; did you mean 'python'?",
    ),
    "reference in a language not offered": (
        problem("languages: [python]\nreference: {javascript: x}"),
        7,
        "'javascript' is none of this problem's languages (python); add it there, or remove this",
    ),
    "empty mutant": (
        problem("mutants: {python: ['']}"),
        6,
        "item 1 of python is empty; expected text",
    ),
    "bad date": (problem("released: soon"), 6, "released 'soon' is not a date like 2026-01-31"),
    "no limit": (problem("limits: {time_s: 0}"), 6, "time_s must be more than 0, not 0"),
    "endless limit": (
        problem("limits: {time_s: .inf}"),
        6,
        "time_s: must be a finite number, not inf",
    ),
    "limit as text": (
        problem("limits: {time_s: 5s}"),
        6,
        "time_s: must be a number, not '5s'",
    ),
}


@pytest.mark.parametrize(("text", "line", "message"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_one_line_with_its_place(
    load: Load, tmp_path: Path, text: str, line: int, message: str
) -> None:
    with pytest.raises(SuiteError) as caught:
        load(text)

    said = str(caught.value)
    assert said.startswith(f"{tmp_path / 't.llmbench.yaml'}:{line}: {message}")
    assert "\n" not in said


def test_a_file_name_that_is_no_suite_name_is_a_mistake(load: Load) -> None:
    with pytest.raises(SuiteError, match=re.escape("add 'suite: NAME'")):
        load(problem(), name="my tasks.llmbench.yaml")


def test_a_file_that_is_not_there_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(SuiteError, match=r"no\.llmbench\.yaml:1: cannot be read: No such file"):
        load_task_file(tmp_path / "no.llmbench.yaml", lambda _: True)
