"""MBPP and the assertions of MBPP+: the references pass, and other problems' references do not.

Judged by value: the asserts run beside the trusted checks, and each call of the function
crosses to the answer. Every 12th problem; all of them with LLMBENCH_FULL=1.
"""

from __future__ import annotations

import ast
import builtins
import gzip
import json
import os
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pytest_llmbench.errors import SandboxUnavailableError
from pytest_llmbench.grading import Judge, find_sandbox
from pytest_llmbench.vocabulary import Answer, ByCheck, ByProgram, Limits, Outcome, Problem, Verdict

NO_PLAIN_VALUES = {533, "Mbpp/737", "Mbpp/787", "Mbpp/794"}
"""They pass an object (533), or their references return a match object: neither crosses."""
IS_FULL = os.environ.get("LLMBENCH_FULL") == "1"


@pytest.fixture(scope="module")
def judge() -> Iterator[Judge]:
    try:
        sandbox = find_sandbox("auto")
    except SandboxUnavailableError as error:
        pytest.skip(str(error))
    judge = Judge(sandbox)
    yield judge
    judge.close()
    sandbox.close()


def problem(wire: dict[str, object], name: str, tests: str, code: str) -> Problem:
    """Give the problem with its tests around a candidate, where they call one function only."""
    setup = str(wire.get("test_setup_code") or "")  # it may name what the answer defines
    names = called(tests) & defined(code)
    judging: ByCheck | ByProgram = ByProgram(tests=f"{setup}\n{tests}")
    is_plain = called(tests) - names <= set(dir(builtins)) - {"object"}
    if len(names) == 1 and not setup and is_plain and wire["task_id"] not in NO_PLAIN_VALUES:
        (entry_point,) = names
        body = "\n".join(f"    {line}" for line in tests.splitlines() if line.strip())
        judging = ByCheck(
            entry_point=entry_point,
            prelude="import math, sys",
            check_code=f"def check({entry_point}):\n{body}\n",
        )
    return Problem(
        suite=name,
        id=str(wire["task_id"]),
        task_id=str(wire["task_id"]),
        language="python",
        prompt="",
        judging=judging,
        references=(code,),
        limits=Limits(time_s=20),
    )


def called(code: str) -> set[str]:
    """Name the functions that a program calls."""
    return {
        node.func.id
        for node in ast.walk(parsed(code))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }


def parsed(code: str) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of escapes in somebody else's texts
        return ast.parse(code)


def defined(code: str) -> set[str]:
    return {node.name for node in parsed(code).body if isinstance(node, ast.FunctionDef)}


def read(shared: Path, name: str) -> list[Problem]:
    path = (
        shared
        / "data"
        / {"mbpp": "mbpp/mbpp.jsonl", "mbppplus": "evalplus/MbppPlus.jsonl.gz"}[name]
    )
    if not path.exists():
        pytest.skip(f"{path} is not there")
    opener = gzip.open if path.suffix == ".gz" else open
    problems = []
    with opener(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            wire = json.loads(line)
            tests = "\n".join(wire["test_list"]) if name == "mbpp" else wire["assertion"]
            code = wire.get("code") or wire["canonical_solution"]
            problems.append(problem(wire, name, tests.replace("\r", ""), code.replace("\r", "")))
    return problems if IS_FULL else problems[::12]


def grade(judge: Judge, pairs: list[tuple[Problem, str]]) -> dict[str, Verdict]:
    with ThreadPoolExecutor(3) as threads:
        verdicts = threads.map(
            lambda pair: judge.grade(
                pair[0], Answer(code=pair[1], language="python", how="reference")
            ),
            pairs,
        )
        return {each.id: verdict for (each, _), verdict in zip(pairs, verdicts, strict=True)}


@pytest.mark.parametrize(("name", "count"), [("mbpp", 974), ("mbppplus", 378)])
def test_the_references_pass(judge: Judge, shared: Path, name: str, count: int) -> None:
    problems = read(shared, name)
    assert count == len(problems) or not IS_FULL

    verdicts = grade(judge, [(each, each.references[0]) for each in problems])

    assert {} == {
        task: verdict for task, verdict in verdicts.items() if verdict.outcome is not Outcome.PASSED
    }


def test_the_answer_to_another_problem_does_not(judge: Judge, shared: Path) -> None:
    problems = read(shared, "mbpp")
    others = [*problems[1:], problems[0]]

    verdicts = grade(
        judge,
        [(each, other.references[0]) for each, other in zip(problems, others, strict=True)],
    )

    assert {} == {
        task: verdict for task, verdict in verdicts.items() if verdict.outcome is Outcome.PASSED
    }
