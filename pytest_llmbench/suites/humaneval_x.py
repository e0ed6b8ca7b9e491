"""HumanEval-X and HumanEvalPack: HumanEval's problems in six languages, tests included.

Sources: https://github.com/THUDM/CodeGeeX (Apache-2.0) and
https://github.com/bigcode-project/octopack (MIT); one file for each language. The tests
are made for the answer's own process, so they are blinded. HumanEvalPack adds a planted
bug to each problem: a wrong answer that only its tests can tell from a right one.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path

from pytest_llmbench.languages import find_language
from pytest_llmbench.suites.jsonlines import Row, mistake, read_content, rows
from pytest_llmbench.suites.prompts import complete_function
from pytest_llmbench.vocabulary import ByProgram, Limits, Problem, Suite

__all__ = ["FILES", "read_humaneval_x", "read_humanevalpack"]

FILES = {
    "python": "python",
    "cpp": "cpp",
    "java": "java",
    "javascript": "js",
    "go": "go",
    "rust": "rust",
}
"""Languages, and how the names of their files spell them: `humaneval_js.jsonl.gz`."""

_KEYS = ("task_id", "prompt", "declaration", "canonical_solution", "test")
_BUGGY_KEYS = (*_KEYS, "buggy_solution")
_GO_KEYS = ("test_setup",)
_LIMITS = Limits(time_s=15)
"""A few references are slow, and machines are busy."""

# The last name before a parameter list, in the last line of the declaration that has one.
_ENTRY_POINTS = {
    "javascript": r"const\s+(\w+)\s*=",
    "rust": r"\bfn\s+(\w+)",
    "go": r"^func\s+(\w+)\(",
    "python": r"^def\s+(\w+)\(",
    "java": r"(\w+)\([^()]*\)[^{}();]*\{\s*$",
    "cpp": r"^[\w<>:,* ]*?(\w+)\([^;]*\{",
}
_CPP_PRELUDE = "".join(
    f"#include <{name}>\n"
    for name in (
        *("algorithm", "climits", "cmath", "cstdlib", "cstring", "iostream", "map", "set"),
        *("string", "vector", "stdio.h", "math.h", "stdlib.h"),
    )
)
"""What HumanEval-X's own harness puts before every program."""
_RUNNERS = {"rust": "cargotest", "go": "gotest"}
_OWN_MAIN = re.compile(r"^fn main\(\)\s*\{\s*\}\n", re.MULTILINE)


def read_humaneval_x(paths: Mapping[str, Path]) -> Suite:
    """Read HumanEval-X: a file for each language; raise SuiteError for a mistake in one."""
    return _suite("humaneval-x", paths, _KEYS)


def read_humanevalpack(paths: Mapping[str, Path]) -> Suite:
    """Read HumanEvalPack, whose mutants are the planted bugs."""
    return _suite("humanevalpack", paths, _BUGGY_KEYS)


def _suite(name: str, paths: Mapping[str, Path], keys: tuple[str, ...]) -> Suite:
    problems: dict[str, Problem] = {}
    digest = hashlib.sha256()
    for language, path in paths.items():
        content = read_content(path)
        digest.update(content)
        count = len(problems)
        for row in rows(path, content, keys + (_GO_KEYS if language == "go" else ())):
            problem = _problem(name, row, language)
            if problem.id in problems:
                raise row.mistake(f"task_id {problem.id!r} is given twice")
            problems[problem.id] = problem
        if len(problems) == count:
            raise mistake(path, 1, "the file holds no problem")
    return Suite(
        name=name,
        problems=tuple(problems.values()),
        source=", ".join(map(str, paths.values())),
        sha256=digest.hexdigest(),
    )


def _problem(suite: str, row: Row, language: str) -> Problem:
    entry_point = _entry_point(row, language)
    starter = _starter(row, language)
    buggy = row.fields.get("buggy_solution")
    return Problem(
        suite=suite,
        id=row["task_id"],
        task_id=f"{suite}/{row['task_id'].rpartition('/')[2]}",
        language=language,
        prompt=complete_function(starter, entry_point, find_language(language)),
        judging=ByProgram(
            tests=_tests(row, language),
            runner=_RUNNERS.get(language, "program"),
            prelude=_CPP_PRELUDE if language == "cpp" else "",
        ),
        entry_point=entry_point,
        starter=starter,
        references=(starter + row["canonical_solution"],),
        mutants=() if buggy is None else (starter + buggy,),
        limits=_LIMITS,
    )


def _entry_point(row: Row, language: str) -> str:
    """Give the last function that is declared and tested; the field of that name has errors."""
    found = re.findall(_ENTRY_POINTS[language], row["declaration"], re.MULTILINE)
    tested = [name for name in found if re.search(rf"\b{name}\b", row["test"])]
    if not found:
        raise row.mistake(f"{row['task_id']}: the declaration has no function")
    return str((tested or found)[-1])


def _starter(row: Row, language: str) -> str:
    """Give the beginning of the program, as far as the problem has it."""
    if language != "rust":
        return row["prompt"]
    # One of the two sets has the function's head here, the other one there.
    head = row["prompt"] if re.search(r"\bfn \w+", row["prompt"]) else ""
    starter = head or f"{row['prompt']}\n{row['declaration']}"
    return _OWN_MAIN.sub("", starter)


def _tests(row: Row, language: str) -> str:
    if language == "go":
        return f"{row['test_setup']}\n{row['test']}"
    return row["test"]
