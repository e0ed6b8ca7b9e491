"""The real HumanEval: its references all pass, its mutants all fail, through the plugin."""

from __future__ import annotations

import json
from pathlib import Path

import pytest


def test_the_ruler_is_true_on_the_real_164_problems(
    pytester: pytest.Pytester, shared: Path
) -> None:
    data = shared / "data" / "humaneval"

    result = pytester.runpytest_subprocess(
        "--llm-suite=core,humaneval", "--llm-calibrate", f"--llm-data={data}", "-q"
    )

    result.stdout.fnmatch_lines(
        ["calibration: reference 192/192, mutant 0/384: the ruler is true (exit status 0)"]
    )
    (run,) = (pytester.path / ".llmbench/runs").iterdir()
    manifest = json.loads((run / "manifest.json").read_text())
    assert [suite["problems"] for suite in manifest["suites"]] == [28, 164]


def test_predictions_in_the_original_format_are_judged_without_a_model(
    pytester: pytest.Pytester, shared: Path
) -> None:
    """`{"task_id", "completion"}` lines whose completions continue the prompt."""
    import gzip

    data = shared / "data" / "humaneval"
    with gzip.open(data / "HumanEval.jsonl.gz", "rt") as lines:
        problems = [json.loads(line) for line in lines][:40]
    predictions = pytester.path / "samples.jsonl"
    predictions.write_text(
        "".join(
            json.dumps({"task_id": p["task_id"], "completion": p["canonical_solution"]}) + "\n"
            for p in problems
        )
    )

    result = pytester.runpytest_subprocess(
        "--llm-suite=humaneval",
        "--llm-models=replay:samples.jsonl",
        f"--llm-data={data}",
        "--llm-limit=40",
    )

    result.assert_outcomes(passed=40)
