"""Reading HumanEval's own file."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
from pathlib import Path

import pytest

from pytest_llmbench.errors import SuiteError
from pytest_llmbench.suites import load_suite
from pytest_llmbench.suites.humaneval import read_humaneval
from pytest_llmbench.vocabulary import ByCheck, Problem

SHARED = Path(os.environ.get("LLMBENCH_SHARED") or Path(__file__).resolve().parents[4] / "shared")

LINE = {
    "task_id": "HumanEval/0",
    "prompt": 'import math\n\n\ndef add(a, b):\n    """Add."""\n',
    "entry_point": "add",
    "canonical_solution": "    return a + b\n",
    "test": "\n\ndef check(candidate):\n    assert candidate(1, 2) == 3\n",
}


def write(path: Path, *lines: object) -> Path:
    text = "".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in lines)
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path


def run_check(problem: Problem, program: str) -> None:
    """Judge our own programs here; those of models go into the sandbox."""
    assert isinstance(problem.judging, ByCheck)
    scope: dict[str, object] = {}
    exec(program, scope)
    trusted: dict[str, object] = {}
    exec(f"{problem.judging.prelude}\n{problem.judging.check_code}", trusted)
    check = trusted["check"]
    assert callable(check)
    check(scope[problem.judging.entry_point])


@pytest.mark.parametrize("name", ["HumanEval.jsonl.gz", "HumanEval.jsonl"])
def test_a_line_becomes_a_problem(tmp_path: Path, name: str) -> None:
    path = write(tmp_path / name, LINE, "")

    suite = load_suite("humaneval", tmp_path, pytest.fail)

    assert ("humaneval", str(path)) == (suite.name, suite.source)
    assert hashlib.sha256(path.read_bytes()).hexdigest() == suite.sha256
    (problem,) = suite.problems
    assert ("HumanEval/0", "HumanEval/0") == (problem.id, problem.task_id)
    assert ("python", "add") == (problem.language, problem.entry_point)
    assert LINE["prompt"] == problem.starter
    assert (
        ByCheck(entry_point="add", check_code=LINE["test"], prelude="import math\n\n\n")
        == problem.judging
    )
    assert (LINE["prompt"] + LINE["canonical_solution"],) == problem.references
    assert LINE["prompt"].rstrip() in problem.prompt


def test_reading_twice_gives_equal_suites(tmp_path: Path) -> None:
    path = write(tmp_path / "HumanEval.jsonl.gz", LINE)

    assert read_humaneval(path) == read_humaneval(path)


def test_the_reference_passes_and_the_mutants_fail(tmp_path: Path) -> None:
    (problem,) = read_humaneval(write(tmp_path / "x.jsonl", LINE)).problems

    run_check(problem, problem.references[0])
    for mutant in problem.mutants:
        with pytest.raises(AssertionError):
            run_check(problem, mutant)


@pytest.mark.parametrize(
    ("values", "spoilt"),
    [
        ("True", False),
        ("2", 3),
        ("0.5", 1.5),
        ("'a'", "ax"),
        ("[1]", [1, None]),
        ("(1,)", (1, None)),
        ("{'a': 1}", {"a": 1, "spoilt": True}),
        ("None", 0),
        ("{1}", None),
    ],
)
def test_the_first_mutant_spoils_every_kind_of_result(
    tmp_path: Path, values: str, spoilt: object
) -> None:
    line = {**LINE, "canonical_solution": f"    return {values} if b == 0 else add(a, b - 1)\n"}
    (problem,) = read_humaneval(write(tmp_path / "x.jsonl", line)).problems
    scope: dict[str, object] = {}
    exec(problem.mutants[0], scope)
    function = scope["add"]
    assert callable(function)

    assert spoilt == function(1, 3)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([], "1: the file holds no problem"),
        ([LINE, "{"], "2: not valid JSON; expected one object per line"),
        ([[]], "1: expected a JSON object with the keys task_id, prompt,"),
        ([LINE, {**LINE, "task_id": 3}], "2: key 'task_id' must be text; expected task_id,"),
        ([{"task_id": "x"}], "1: key 'prompt' is missing; expected task_id, prompt,"),
        ([LINE, "", LINE], "3: task_id 'HumanEval/0' is given twice"),
        ([{**LINE, "entry_point": "sub"}], "1: HumanEval/0: the prompt does not define 'sub'"),
        (["[" * 100_000], "1: not valid JSON"),
    ],
)
def test_a_mistake_is_one_line_with_its_place(
    tmp_path: Path, lines: list[object], message: str
) -> None:
    path = write(tmp_path / "HumanEval.jsonl.gz", *lines)

    with pytest.raises(SuiteError) as caught:
        read_humaneval(path)

    assert str(caught.value).startswith(f"{path}:{message}")
    assert "\n" not in str(caught.value)


def test_a_damaged_archive_is_a_mistake(tmp_path: Path) -> None:
    path = write(tmp_path / "HumanEval.jsonl.gz", LINE)
    path.write_bytes(path.read_bytes()[:-12])

    with pytest.raises(SuiteError, match=r"HumanEval\.jsonl\.gz:1: the gzip file is damaged"):
        read_humaneval(path)


def test_text_that_is_not_utf8_is_a_mistake(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_bytes(json.dumps(LINE).encode() + b"\n\xff\n")

    with pytest.raises(SuiteError, match=r"x\.jsonl:2: not UTF-8 text"):
        read_humaneval(path)


@pytest.mark.skipif(
    not (SHARED / "data/humaneval/HumanEval.jsonl.gz").exists(),
    reason=f"no real HumanEval below {SHARED}; name its folder in LLMBENCH_SHARED",
)
def test_the_real_file_has_164_problems() -> None:
    suite = load_suite("humaneval", SHARED / "data", pytest.fail)

    assert 164 == len(suite.problems)
    assert [f"HumanEval/{number}" for number in range(164)] == [
        problem.task_id for problem in suite.problems
    ]
    assert all(len(problem.mutants) == 2 for problem in suite.problems)
    preludes = [problem.judging.prelude for problem in suite.problems]  # type: ignore[union-attr]
    for number, helper in ((32, "poly"), (38, "encode_cyclic"), (50, "encode_shift")):
        assert f"def {helper}(" in preludes[number]
