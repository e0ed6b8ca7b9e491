"""What servers do in silence is said at the end of a run, and kept in its manifest."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.plugin.conftest import ADD, RunsOnDisk
from tests.servers.misbehaving import MisbehavingServer

MODELS = """
models:
- {{name: m, type: openai, model: {model}, api_base: "{url}", temperature: 0.8,
   max_tokens: 100{more}}}
"""


def ask(
    pytester: pytest.Pytester,
    server: MisbehavingServer,
    model: str,
    *options: str,
    more: str = "",
) -> pytest.RunResult:
    text = MODELS.format(model=model, url=server.url, more=more)
    (pytester.path / "models.yaml").write_text(text)
    return pytester.runpytest("--llm-models=models.yaml", *options)


@pytest.fixture
def five_problems(pytester: pytest.Pytester) -> None:
    head, _, problem = ADD.partition("- id: add\n")
    problems = [f"- id: add{number}\n{problem}" for number in range(5)]
    (pytester.path / "five.llmbench.yaml").write_text(head + "".join(problems))


def test_a_server_that_behaves_has_no_notes(
    pytester: pytest.Pytester, add_file: Path, runs: RunsOnDisk
) -> None:
    with MisbehavingServer() as server:
        result = ask(pytester, server, "ok")
    result.stdout.no_fnmatch_line("*llm notes*")
    assert (runs.manifest["notes"], runs.manifest["dropped_params"]) == ([], {})


@pytest.mark.parametrize("options", [(), ("-n2",)])
@pytest.mark.usefixtures("five_problems")
def test_a_temperature_without_effect_is_said(
    pytester: pytest.Pytester, runs: RunsOnDisk, options: tuple[str, ...]
) -> None:
    with MisbehavingServer() as server:
        result = ask(pytester, server, "ok", "--llm-samples=5", *options)

    assert len(runs.records) == 25
    result.stdout.fnmatch_lines(
        ["*llm notes*", "m: all samples of each of 5 problems are the same text at temperature*"]
    )
    notes = {note["kind"]: note["model"] for note in runs.manifest["notes"]}
    assert notes.pop("client_saturated", None) is None  # it may be, on a busy machine
    assert notes == {"temperature_ignored": "m"}


def test_a_refused_parameter_is_said_once_and_recorded(
    pytester: pytest.Pytester, add_file: Path, runs: RunsOnDisk
) -> None:
    with MisbehavingServer() as server:
        result = ask(pytester, server, "refuses-temperature", "--llm-samples=3")

    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(
        ["m: the server refused temperature; 3 of 3 samples were asked for without it"]
    )
    assert [["temperature"]] * 3 == [record["dropped_params"] for record in runs.records]
    manifest = runs.manifest
    assert manifest["dropped_params"] == {"m": ["temperature"]}
    assert manifest["models"][0]["sampling"]["temperature"] == 0.8


def test_an_answer_that_was_taken_for_reasoning_is_said(
    pytester: pytest.Pytester, add_file: Path, runs: RunsOnDisk
) -> None:
    with MisbehavingServer() as server:
        result = ask(pytester, server, "eaten")

    (record,) = runs.records
    assert record["outcome"] == "no_answer"
    assert "reasoning parser may have taken the answer" in record["evidence"]
    result.stdout.fnmatch_lines(["m: 1 of 1 samples are empty, with reasoning: *"])


@pytest.mark.parametrize(
    ("model", "line"),
    [
        (
            "ignores-max-tokens",
            "m: 1 of 1 samples have more output tokens than max_tokens (100); the most is 101",
        ),
        ("renamed", "m: the server named another model: another-model"),
        (
            "no-usage",
            "m: the server did not count the tokens of 1 of 1 samples: *",
        ),
        ("not-stream", "m: 1 of 1 samples came whole: *"),
    ],
)
def test_what_else_is_said(
    pytester: pytest.Pytester, add_file: Path, runs: RunsOnDisk, model: str, line: str
) -> None:
    with MisbehavingServer() as server:
        result = ask(pytester, server, model, more=", prices: {input: 1, output: 1}")

    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["*llm leaderboard*", line])
    (record,) = runs.records
    assert (record["cost_usd"] is None) == (model == "no-usage")


@pytest.mark.parametrize(
    ("tokens", "interval_s", "is_said"),
    [(5000, 0.0, True), (60, 0.005, False)],  # within half a second; in 0.15 s
)
def test_a_stream_that_arrives_all_at_once_is_said(
    pytester: pytest.Pytester,
    add_file: Path,
    runs: RunsOnDisk,
    tokens: int,
    interval_s: float,
    is_said: bool,
) -> None:
    with MisbehavingServer(tokens=tokens, interval_s=interval_s) as server:
        ask(pytester, server, "ok", "--llm-samples=3")
    assert is_said == ("buffered" in [note["kind"] for note in runs.manifest["notes"]])


def test_what_an_entry_leaves_to_the_server_is_in_the_manifest(
    pytester: pytest.Pytester, add_file: Path, runs: RunsOnDisk
) -> None:
    with MisbehavingServer() as server:
        ask(pytester, server, "ok")
    assert runs.manifest["models"][0]["left_to_server"] == ["top_p"]


def test_the_clients_own_cost_is_in_the_manifest(
    pytester: pytest.Pytester, add_file: Path, runs: RunsOnDisk
) -> None:
    with MisbehavingServer(latency_s=0.3) as server:
        ask(pytester, server, "ok", "--llm-samples=2")
    client = runs.manifest["client"]
    assert client["requests"] == 2
    assert client["loop_lag_ms"]["samples"] > 0


def test_attempts_and_the_servers_own_times_are_recorded(
    pytester: pytest.Pytester, add_file: Path, runs: RunsOnDisk
) -> None:
    with MisbehavingServer() as server:
        ask(pytester, server, "500-once")
        (retried,) = runs.records
        ask(pytester, server, "timings")
        (timed,) = runs.records

    assert [each["failure"] for each in retried["tries"]] == ["server_error", None]
    assert timed["tries"] == []
    assert (timed["server_prompt_s"], timed["server_decode_s"]) == (0.0125, 0.25)
    assert (timed["events"], timed["calls"], timed["usage_source"]) == (9, 1, "server")


def test_reused_answers_keep_what_was_known_of_them(
    pytester: pytest.Pytester, add_file: Path, runs: RunsOnDisk
) -> None:
    with MisbehavingServer() as server:
        ask(pytester, server, "refuses-temperature")
        ask(pytester, server, "refuses-temperature", "--llm-reuse=last")
        assert server.count("refuses-temperature") == 2
    (record,) = runs.records
    assert record["reused_from"] is not None
    assert record["dropped_params"] == ["temperature"]
