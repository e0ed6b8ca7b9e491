"""One file, every way to judge: by value, by output, by program, by the rows of a query."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from tests.plugin.conftest import RunsOnDisk

TASKS = """
suite: ways
defaults: {languages: python}
problems:
- id: value
  prompt: All divisors of n, in any order.
  signature: "divisors(n: int) -> list[int]"
  unordered: true
  cases: [{args: [6], returns: [1, 2, 3, 6]}]
  reference: {python: "def divisors(n): return [d for d in range(n, 0, -1) if n % d == 0]"}
  mutants: {python: ["def divisors(n): return [1, n]"]}
- id: checked
  prompt: Any divisor of n but 1.
  signature: "divisor(n: int) -> int"
  cases: [{args: [12], returns: 2}]
  checker: |
    def check(args, expected, actual):
        return actual > 1 and args[0] % actual == 0
  reference: {python: "def divisor(n): return n"}
  mutants: {python: ["def divisor(n): return 5"]}
- id: output
  prompt: Add the numbers.
  io: [{stdin: "1 2", stdout: "3"}]
  reference: {python: "print(sum(map(int, input().split())))"}
  mutants: {python: ["print(4)"]}
- id: program
  prompt: A class Stack with push and pop.
  tests:
    python: |
      stack = Stack()
      stack.push(7)
      stack.push("b")
      assert stack.pop() == "b"
      assert stack.pop() == 7
  reference:
    python: |
      class Stack:
          def __init__(self): self._items = []
          def push(self, item): self._items.append(item)
          def pop(self): return self._items.pop()
  mutants: {python: ["import os; os._exit(0)"]}
"""
SQL = """
suite: rows
problems:
- id: sum
  prompt: The sum of x in t(x).
  dialects: sqlite
  setup: CREATE TABLE t (x INTEGER); INSERT INTO t VALUES (1), (2);
  query: SELECT SUM(x) FROM t
  mutants: {sqlite: [SELECT 4]}
"""


@pytest.fixture
def files(pytester: pytest.Pytester) -> Path:
    (pytester.path / "ways.llmbench.yaml").write_text(TASKS)
    (pytester.path / "rows.llmbench.yaml").write_text(SQL)
    return pytester.path


def test_right_answers_pass_and_wrong_ones_fail_in_every_way(
    pytester: pytest.Pytester, runs: RunsOnDisk, files: Path
) -> None:
    result = pytester.runpytest("--llm-calibrate")

    result.stdout.fnmatch_lines(
        [
            "assurance of what passed: value 80 %, blinded 20 %",
            "calibration: reference 5/5, mutant 0/5: the ruler is true (exit status 0)",
        ]
    )
    assurances = {
        record["task_id"]: record["assurance"]
        for record in runs.records
        if record["model"] == "reference"
    }
    assert {
        "ways/value": "value",
        "ways/checked": "value",
        "ways/output": "value",
        "ways/program": "blinded",
        "rows/sum": "value",
    } == assurances
    assert {"python", "sqlite"} == runs.manifest["languages"].keys()
    with (runs.last / "results.csv").open() as file:
        rows = {(row["model"], row["language"]): row["assurance"] for row in csv.DictReader(file)}
    assert "blinded:1 value:3" == rows["reference", "python"]
    assert "" == rows["mutant", "python"]


def test_an_engine_that_is_missing_is_skipped_with_what_to_install(
    pytester: pytest.Pytester, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PYTEST_LLM_ORACLE_URL", raising=False)
    path = files / "rows.llmbench.yaml"
    path.write_text(SQL.replace("sqlite", "oracle"))

    result = pytester.runpytest(path.name, "--llm-models=reference", "-rs")

    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines(["SKIPPED*oracle needs *"])
