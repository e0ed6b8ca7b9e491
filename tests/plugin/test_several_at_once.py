"""`samples_per_request`: whole sessions that ask for several samples at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.plugin.conftest import RunsOnDisk
from tests.servers.misbehaving import MisbehavingServer

MODELS = """
models:
- {{name: m, type: openai, model: "{model}", api_base: "{url}", temperature: 0.8, top_p: 1,
   max_tokens: 100, samples_per_request: {most}, prices: {{input: 0, output: 10000}}}}
"""


def write(
    pytester: pytest.Pytester, server: MisbehavingServer, model: str = "ok", most: object = 5
) -> None:
    text = MODELS.format(model=model, url=server.url, most=most)
    (pytester.path / "models.yaml").write_text(text)


@pytest.mark.parametrize("workers", [[], ["-n2"]])
def test_all_samples_of_each_problem_are_asked_for_together(
    pytester: pytest.Pytester, runs: RunsOnDisk, workers: list[str]
) -> None:
    """14 problems, which are more samples than the window of those that are asked ahead."""
    with MisbehavingServer(latency_s=0.02) as server:
        write(pytester, server)
        options = ["--llm-suite=core", "--llm-models=models.yaml", "--llm-samples=7", *workers]
        pytester.runpytest_subprocess(*options, "--llm-concurrency=2", "-k", "python")
        sizes = [request.body.get("n") for request in server.requests]
        peak = server.peak

    assert sorted(sizes) == [2] * 14 + [5] * 14
    assert peak <= 2
    assert len(runs.records) == len(runs.lines("generations.jsonl")) == 14 * 7
    records = runs.records
    assert {("shared", 1)} == {(each["usage_source"], each["attempts"]) for each in records}
    assert sum(each["output_tokens"] for each in records) == 14 * 7 * 10
    assert sum(each["input_tokens"] for each in records) == 14 * 2 * 7
    assert runs.manifest["models"][0]["samples_per_request"] == 5


def test_each_sample_is_reused_by_itself(
    pytester: pytest.Pytester, add_file: Path, runs: RunsOnDisk
) -> None:
    with MisbehavingServer() as server:
        write(pytester, server)
        pytester.runpytest("--llm-models=models.yaml", "--llm-samples=3")
        write(pytester, server, most=2)
        options = ["--llm-models=models.yaml", "--llm-samples=6", "--llm-reuse=last"]
        dry = pytester.runpytest(*options, "--llm-dry-run")
        pytester.runpytest(*options)
        sizes = [request.body.get("n") for request in server.requests]

    dry.stdout.fnmatch_lines(["model*requests*reused*", "m * 2 * 3 * 300 * 3.00"])
    assert (3, [2, None]) == (sizes[0], sorted(sizes[1:], key=str))
    records = sorted(runs.records, key=lambda record: record["sample"])
    assert [each["reused_from"] is None for each in records] == [False] * 3 + [True] * 3
    assert [each["usage_source"] for each in records] == ["shared"] * 5 + ["server"]


@pytest.mark.parametrize(("model", "asked"), [("ignores-n", 3), ("refuses-n", 4)])
def test_a_server_that_does_not_take_n_is_named(
    pytester: pytest.Pytester, add_file: Path, runs: RunsOnDisk, model: str, asked: int
) -> None:
    with MisbehavingServer() as server:
        write(pytester, server, model)
        result = pytester.runpytest("--llm-models=models.yaml", "--llm-samples=3")
        assert server.count(model) == asked

    result.assert_outcomes(passed=1)
    said = "m: the server does not take n: samples_per_request had no effect on 3 of 3 samples"
    result.stdout.fnmatch_lines(["*llm notes*", said])
    assert runs.manifest["dropped_params"] == {"m": ["n"]}


def test_the_budget_counts_every_sample(
    pytester: pytest.Pytester, add_file: Path, runs: RunsOnDisk
) -> None:
    """A sample can cost a dollar, and costs ten cents."""
    with MisbehavingServer() as server:
        write(pytester, server)
        result = pytester.runpytest(
            "--llm-models=models.yaml", "--llm-samples=5", "--llm-budget=3.5"
        )
        sizes = [request.body.get("n") for request in server.requests]

    result.stdout.fnmatch_lines(["budget: $0.5 of $3.50 spent; no samples were not asked for"])
    assert sizes == [3, 2]
    assert sum(each["cost_usd"] for each in runs.records) == pytest.approx(0.5)


@pytest.mark.parametrize("most", [0, "many", 2.5])
def test_a_number_that_is_none_is_a_mistake(pytester: pytest.Pytester, most: object) -> None:
    with MisbehavingServer() as server:
        write(pytester, server, most=most)
        result = pytester.runpytest("--llm-models=models.yaml")

    assert pytest.ExitCode.USAGE_ERROR == result.ret
    (line,) = [line for line in result.errlines if line]
    assert "models.yaml:4: samples_per_request: must be" in line
