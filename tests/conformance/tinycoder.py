"""The problems of a very small model whose share of right answers is known for each."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import yaml

__all__ = ["read_problems", "task_file"]


def read_problems(shared: Path) -> list[dict[str, Any]]:
    lines = (shared / "models/tinycoder/problems.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


def task_file(problems: list[dict[str, Any]]) -> str:
    """Write the problems as a `*.llmbench.yaml`, prompts as they stand."""
    return yaml.safe_dump(
        {
            "suite": "tinycoder",
            "problems": [
                {
                    "id": problem["task_id"],
                    "prompt": problem["prompt"],
                    "entry_point": problem["entry_point"],
                    "languages": ["python"],
                    "cases": [_case(test) for test in problem["tests"]],
                }
                for problem in problems
            ],
        }
    )


def _case(test: str) -> dict[str, Any]:
    """Turn `f(1, 2) == 3` into a case."""
    compared = ast.parse(test, mode="eval").body
    assert isinstance(compared, ast.Compare)
    call = compared.left
    assert isinstance(call, ast.Call)
    return {
        "args": [ast.literal_eval(arg) for arg in call.args],
        "returns": ast.literal_eval(compared.comparators[0]),
    }
