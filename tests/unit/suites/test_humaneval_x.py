"""Reading the files of HumanEval-X and HumanEvalPack."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from pytest_llmbench.errors import SuiteError
from pytest_llmbench.suites.humaneval_x import read_humaneval_x, read_humanevalpack
from pytest_llmbench.vocabulary import ByProgram

ROWS: dict[str, dict[str, str]] = {
    "python": {
        "task_id": "Python/0",
        "prompt": "import math\n\n\ndef add(a, b):\n",
        "declaration": "import math\ndef helper(a):\n    pass\ndef add(a, b):\n",
        "canonical_solution": "    return a + b\n",
        "test": "assert add(1, 2) == 3\n",
    },
    "cpp": {
        "task_id": "CPP/0",
        "prompt": "#include<vector>\nint add(int a, int b){\n",
        "declaration": "#include<vector>\nint add(int a, int b){\n",
        "canonical_solution": "    return a + b;\n}\n",
        "test": "#include<assert.h>\nint main(){ assert (add(1, 2) == 3); }\n",
    },
    "java": {
        "task_id": "Java/0",
        "prompt": "class Solution {\n    public int add(int a, int b) {\n",
        "declaration": "class Solution {\n    public int add(int a, int b) {\n",
        "canonical_solution": "        return a + b;\n    }\n}",
        "test": "public class Main { boolean b = new Solution().add(1, 2) == 3; }\n",
    },
    "javascript": {
        "task_id": "JavaScript/0",
        "prompt": "const add = (a, b) => {\n",
        "declaration": "\nconst add = (a, b) => {\n",
        "canonical_solution": "  return a + b;\n}\n",
        "test": "console.assert(add(1, 2) === 3)\n",
    },
    "go": {
        "task_id": "Go/0",
        "prompt": "func Add(a int, b int) int {\n",
        "declaration": "\nfunc Add(a int, b int) int {\n",
        "canonical_solution": "    return a + b\n}\n",
        "test": "func TestAdd(t *testing.T) { assert.New(t).Equal(3, Add(1, 2)) }\n",
        "test_setup": 'package main\n\nimport "testing"\n',
    },
    "rust": {
        "task_id": "Rust/0",
        "prompt": "/* Add. */\n",
        "declaration": "use md5;\n\nfn add(a: i32, b: i32) -> i32{\n",
        "canonical_solution": "    a + b\n}\n",
        "test": "#[test]\nfn t() { assert_eq!(add(1, 2), 3); }\n",
    },
}


def write(folder: Path, language: str, **changed: Any) -> dict[str, Path]:
    path = folder / f"{language}.jsonl"
    path.write_text(json.dumps({**ROWS[language], **changed}) + "\n", "utf-8")
    return {language: path}


@pytest.mark.parametrize("language", ROWS)
def test_a_line_becomes_a_problem(tmp_path: Path, language: str) -> None:
    paths = write(tmp_path, language)
    row = ROWS[language]

    suite = read_humaneval_x(paths)

    assert ("humaneval-x", str(paths[language])) == (suite.name, suite.source)
    assert hashlib.sha256(paths[language].read_bytes()).hexdigest() == suite.sha256
    (problem,) = suite.problems
    assert (row["task_id"], "humaneval-x/0", language) == (
        problem.id,
        problem.task_id,
        problem.language,
    )
    assert ("Add" if language == "go" else "add") == problem.entry_point
    assert isinstance(problem.judging, ByProgram)
    assert row["test"] in problem.judging.tests
    (reference,) = problem.references
    assert reference.endswith(row["canonical_solution"])
    assert () == problem.mutants


def test_each_language_has_what_its_tests_need(tmp_path: Path) -> None:
    judgings = {}
    for language in ROWS:
        (problem,) = read_humaneval_x(write(tmp_path, language)).problems
        assert isinstance(problem.judging, ByProgram)
        judgings[language] = problem.judging

    assert judgings["go"].tests.startswith("package main")
    assert ("gotest", "cargotest") == (judgings["go"].runner, judgings["rust"].runner)
    assert "#include <algorithm>\n" in judgings["cpp"].prelude


def test_the_head_of_a_rust_function_is_in_the_prompt_or_in_the_declaration(
    tmp_path: Path,
) -> None:
    whole = "fn main(){}\n\nuse md5;\nfn add(a: i32, b: i32) -> i32{\n"

    (one,) = read_humaneval_x(write(tmp_path, "rust")).problems
    (other,) = read_humaneval_x(write(tmp_path, "rust", prompt=whole)).problems

    assert "/* Add. */\n\nuse md5;\n\nfn add(a: i32, b: i32) -> i32{\n" == one.starter
    assert "\nuse md5;\nfn add(a: i32, b: i32) -> i32{\n" == other.starter


def test_a_planted_bug_is_a_mutant(tmp_path: Path) -> None:
    paths = write(tmp_path, "python", buggy_solution="    return a - b\n", entry_point="wrong")

    (problem,) = read_humanevalpack(paths).problems

    assert ("humanevalpack/0", "add") == (problem.task_id, problem.entry_point)
    assert (ROWS["python"]["prompt"] + "    return a - b\n",) == problem.mutants


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("{", 1, "not valid JSON; expected one object per line"),
        ("[]", 1, "expected a JSON object with the keys task_id, prompt, declaration,"),
        (json.dumps({**ROWS["python"], "test": 1}), 1, "key 'test' must be text; expected task_id"),
        (json.dumps({"task_id": "x"}), 1, "key 'prompt' is missing; expected task_id"),
        (
            json.dumps({**ROWS["python"], "declaration": "x = 1"}),
            1,
            "Python/0: the declaration has no function",
        ),
        ("\n".join([json.dumps(ROWS["python"])] * 2), 2, "task_id 'Python/0' is given twice"),
        ("\n", 1, "the file holds no problem"),
    ],
)
def test_a_mistake_is_one_line_with_its_place(
    tmp_path: Path, text: str, line: int, message: str
) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text(text, "utf-8")

    with pytest.raises(SuiteError) as caught:
        read_humaneval_x({"python": path})

    assert str(caught.value).startswith(f"{path}:{line}: {message}")


def test_a_file_that_is_not_there_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(SuiteError, match=r"no\.jsonl:1: cannot be read: No such file"):
        read_humaneval_x({"python": tmp_path / "no.jsonl"})
