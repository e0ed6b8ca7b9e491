"""A real, very small model behind a server that nobody here wrote.

Its problems come with the share of right answers that it was trained to give, so the
whole line from request to estimate is checked against a known truth: pass@1 outside
0.49-0.58 with 20 samples each is a bug of the harness.
"""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conformance.tinycoder import read_problems, task_file

SAMPLES = 20


@pytest.fixture
def problems(shared: Path) -> list[dict[str, Any]]:
    return read_problems(shared)


def test_estimates_of_two_quantizations_agree_with_the_known_truth(
    pytester: pytest.Pytester,
    shared: Path,
    serve_gguf: Callable[[Path], str],
    problems: list[dict[str, Any]],
) -> None:
    names = ["tinycoder-q8_0", "tinycoder-q4_0"]
    urls = {name: serve_gguf(shared / f"models/tinycoder/{name}.gguf") for name in names}
    models = [
        {
            "name": name,
            "type": "openai",
            "api_base": url,
            "temperature": 0.8,
            "top_p": 1.0,
            "seed": 1,
            "max_tokens": 256,
            "concurrency": 8,
            "extra_body": {"top_k": 0, "min_p": 0.0},
        }
        for name, url in urls.items()
    ]
    (pytester.path / "models.yaml").write_text(yaml.safe_dump({"models": models}))
    (pytester.path / "tiny.llmbench.yaml").write_text(task_file(problems))

    result = pytester.runpytest_subprocess(
        "--llm-models=models.yaml", f"--llm-samples={SAMPLES}", "-q", "--tb=no"
    )

    (run,) = (pytester.path / ".llmbench/runs").iterdir()
    records = [json.loads(line) for line in (run / "records.jsonl").open()]
    assert len(records) == 2 * len(problems) * SAMPLES
    assert {record["outcome"] for record in records}.isdisjoint({"error", "no_answer"})
    with (run / "results.csv").open() as file:
        rows = {row["model"]: row for row in csv.DictReader(file)}
    assert set(rows) == set(names)
    for row in rows.values():
        assert 0.49 <= float(row["pass@1"]) <= 0.58
        assert float(row["pass@1_low"]) <= 0.519 <= float(row["pass@1_high"])
        assert 0.80 <= float(row["pass@k"]) <= 0.95
        assert row["k"] == "10"
        assert float(row["ttft_p50_s"]) > 0
        assert float(row["tokens_per_s"]) > 0
    manifest = json.loads((run / "manifest.json").read_text())
    assert {note["kind"] for note in manifest["notes"]} <= {"client_saturated"}
    _follows_the_truth(records, {p["task_id"]: p["p_train"] for p in problems})
    result.stdout.fnmatch_lines(["*llm leaderboard*", "tinycoder-q*python*", "tinycoder-q*python*"])


def _follows_the_truth(records: list[dict[str, Any]], truth: dict[str, float]) -> None:
    """Each problem's rate lies where its trained rate puts it.

    Temperature 0.8 sharpens the trained mixture, so the bounds are wide; the order is not.
    """
    passed: dict[str, list[bool]] = defaultdict(list)
    for record in records:
        assert record["output_tokens"] > 0
        assert 0 < record["server_prompt_s"] + record["server_decode_s"] <= record["wall"]
        assert record["ttft"] <= record["latency"]
        passed[record["task_id"].removeprefix("tinycoder/")].append(record["passed"])
    rates = {name: sum(marks) / len(marks) for name, marks in passed.items()}
    for name, expected in truth.items():
        if expected in {0.0, 1.0}:
            assert rates[name] == expected, name
        assert abs(rates[name] - expected) <= 0.4, (name, rates[name], expected)
    mean = sum(truth.values()) / len(truth)
    centre = sum(rates.values()) / len(rates)
    covariance = sum((rates[name] - centre) * (truth[name] - mean) for name in truth)
    spread = sum((rates[n] - centre) ** 2 for n in truth) * sum(
        (truth[n] - mean) ** 2 for n in truth
    )
    assert covariance / spread**0.5 > 0.9
