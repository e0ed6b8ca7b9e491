"""The real HumanEval: all references pass, no empty body does."""

from __future__ import annotations

import gzip
import json
import os
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pytest_llmbench.grading import Judge
from pytest_llmbench.vocabulary import Answer, ByCheck, Outcome, Problem

SHARED = Path(os.environ.get("LLMBENCH_SHARED") or Path(__file__).resolve().parents[3] / "shared")
DATA = SHARED / "data" / "humaneval" / "HumanEval.jsonl.gz"

pytestmark = pytest.mark.skipif(not DATA.exists(), reason=f"no HumanEval at {DATA}")


def rows() -> list[dict[str, str]]:
    with gzip.open(DATA, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def outcomes(judge: Judge, bodies: dict[str, str]) -> dict[str, Outcome]:
    def one(row: dict[str, str]) -> tuple[str, Outcome]:
        problem = Problem(
            suite="humaneval",
            id=row["task_id"],
            task_id=row["task_id"],
            language="python",
            prompt=row["prompt"],
            judging=ByCheck(
                entry_point=row["entry_point"], check_code=row["test"], prelude=row["prompt"]
            ),
        )
        code = row["prompt"] + bodies[row["task_id"]]
        answer = Answer(code=code, language="python", how="continuation")
        return row["task_id"], judge.grade(problem, answer).outcome

    with ThreadPoolExecutor(2) as executor:
        return dict(executor.map(one, rows()))


def test_every_reference_passes(judge: Judge) -> None:
    found = outcomes(judge, {row["task_id"]: row["canonical_solution"] for row in rows()})

    assert {} == {task: outcome for task, outcome in found.items() if outcome != Outcome.PASSED}
    assert 164 == len(found)


def test_no_empty_body_passes(judge: Judge) -> None:
    found = outcomes(judge, {row["task_id"]: "    return None\n" for row in rows()})

    assert Counter({Outcome.WRONG_ANSWER: 164}) == Counter(found.values())
