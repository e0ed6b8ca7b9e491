"""Servers that misbehave: the right outcome for each, no traceback, no lost record."""

from __future__ import annotations

import functools
from pathlib import Path

import pytest

from pytest_llmbench.generation import discovery
from tests.plugin.conftest import RunsOnDisk
from tests.servers.misbehaving import MisbehavingServer

MODELS = """
models:
- {{name: m, type: openai, model: "{model}", api_base: "{url}", timeout_s: {timeout},
   api_key: $CANARY_KEY, prices: {{input: 1, output: 2}}}}
"""
KEY = "sk-canary-8d1f60"


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CANARY_KEY", KEY)


def ask(
    pytester: pytest.Pytester,
    server: MisbehavingServer,
    model: str,
    *options: str,
    timeout: float = 5,
) -> pytest.RunResult:
    text = MODELS.format(model=model, url=server.url, timeout=timeout)
    (pytester.path / "models.yaml").write_text(text)
    return pytester.runpytest("--llm-models=models.yaml", *options)


@pytest.mark.parametrize(
    ("model", "requests"),
    [
        ("ok", 1),
        ("429-once", 2),
        ("500-once", 2),
        ("reset-once", 2),
        ("not-stream", 1),
        ("reasoning", 1),
        ("hang-after-done", 1),
    ],
)
def test_what_can_be_had_is_had(
    pytester: pytest.Pytester, add_file: Path, runs: RunsOnDisk, model: str, requests: int
) -> None:
    with MisbehavingServer() as server:
        result = ask(pytester, server, model)

        assert requests == server.count(model)
    result.assert_outcomes(passed=1)
    (record,) = runs.records
    assert (record["passed"], record["attempts"]) == (True, requests)
    assert 0 < record["latency"] < 5
    assert record["error"] is None


@pytest.mark.parametrize(
    ("model", "kind"),
    [
        ("hang", "timeout"),
        ("hang-mid-stream", "timeout"),
        ("wrong-model", "not_found"),
        ("401", "auth"),
        ("400", "bad_request"),
    ],
)
def test_what_fails_is_infra_by_kind(
    pytester: pytest.Pytester, add_file: Path, runs: RunsOnDisk, model: str, kind: str
) -> None:
    with MisbehavingServer() as server:
        result = ask(pytester, server, model, "-v", timeout=0.3)

    assert result.parseoutcomes() == {"infra": 1}
    result.stdout.fnmatch_lines(["*INFRA*"])
    result.stdout.no_fnmatch_line("*Traceback*")
    (record,) = runs.records
    assert (record["passed"], record["outcome"]) == (False, "error")
    assert record["error"].startswith(f"{kind}: ")
    assert result.ret == 1


@pytest.mark.parametrize(
    ("model", "outcome"),
    [("refusal", "refused"), ("content-filter", "refused"), ("length", "truncated")],
)
def test_what_the_model_did_is_the_models(
    pytester: pytest.Pytester, add_file: Path, runs: RunsOnDisk, model: str, outcome: str
) -> None:
    with MisbehavingServer() as server:
        result = ask(pytester, server, model)

    result.assert_outcomes(failed=1)
    assert [outcome] == [record["outcome"] for record in runs.records]


def test_a_dead_server_is_named_once_and_costs_little_time(
    pytester: pytest.Pytester, runs: RunsOnDisk
) -> None:
    result = pytester.runpytest(
        "--llm-suite=core", "--llm-models=openai:m@http://127.0.0.1:9/v1", "--durations=0"
    )

    assert result.parseoutcomes().keys() == {"infra"}
    assert result.duration < 60
    assert {record["outcome"] for record in runs.records} == {"error"}
    result.stdout.fnmatch_lines(["*INFRA: the model was not judged*", "*connection*"])


def test_the_price_of_an_answer_is_known(
    pytester: pytest.Pytester, add_file: Path, runs: RunsOnDisk
) -> None:
    with MisbehavingServer() as server:
        result = ask(pytester, server, "ok")

    (record,) = runs.records
    expected = (record["input_tokens"] * 1 + record["output_tokens"] * 2) / 1e6
    assert record["cost_usd"] == pytest.approx(expected)
    result.stdout.fnmatch_lines(["*$/correct*"])


def test_one_request_per_sample_and_never_more_at_once_than_allowed(
    pytester: pytest.Pytester, runs: RunsOnDisk
) -> None:
    with MisbehavingServer(latency_s=0.05) as server:
        pytester.runpytest(
            "--llm-suite=core",
            f"--llm-models=openai:ok@{server.url}",
            "--llm-samples=3",
            "--llm-concurrency=7",
        )

        assert server.count("ok") == len(runs.records) == 28 * 3
        assert server.peak <= 7


def test_many_samples_of_one_item_are_asked_for_at_once(
    pytester: pytest.Pytester, add_file: Path
) -> None:
    with MisbehavingServer(latency_s=0.3) as server:
        result = pytester.runpytest(
            f"--llm-models=openai:ok@{server.url}", "--llm-samples=120", "--llm-concurrency=40"
        )

        result.assert_outcomes(passed=1)
        first, last = server.requests[0].at_s, server.requests[-1].at_s
        assert last - first < 3.0  # 120 / 40 rounds of 0.3 s; one by one would take 17 s


def test_an_endpoint_that_is_given_up_is_infra_in_chats_too(
    pytester: pytest.Pytester, runs: RunsOnDisk
) -> None:
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.parametrize("n", range(6))
        @pytest.mark.llm
        def test_chat(llm, n):
            llm.generate("Hi")
        """
    )
    with MisbehavingServer() as server:
        result = pytester.runpytest(f"--llm-models=openai:401@{server.url}")

    assert result.parseoutcomes() == {"infra": 6}
    assert len(runs.records) == 6
    result.stdout.fnmatch_lines(["*test_chat[[]401-0[]]*", "  INFRA: 1 of 1 samples lost*"])


def test_models_on_different_servers_are_asked_at_the_same_time(
    pytester: pytest.Pytester, add_file: Path
) -> None:
    with MisbehavingServer(latency_s=0.5) as one, MisbehavingServer(latency_s=0.5) as two:
        pytester.runpytest(
            f"--llm-models=openai:ok@{one.url},openai:ok@{two.url}", "--llm-samples=4"
        ).assert_outcomes(passed=2)

        first, last = one.requests[0].at_s, two.requests[-1].at_s
        assert last - first < 0.4


def test_deselected_and_skipped_items_ask_nothing(
    pytester: pytest.Pytester, add_file: Path
) -> None:
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.skipif(True, reason="no")
        @pytest.mark.llm(prompt="x")
        def test_skipped(solution):
            pass
        """
    )
    with MisbehavingServer() as server:
        pytester.runpytest(f"--llm-models=openai:ok@{server.url}", "-k", "not mine")

        assert server.requests == []


def look_only_at(monkeypatch: pytest.MonkeyPatch, port: int) -> None:
    found = functools.partial(discovery.discover_models, ports=(port,))
    monkeypatch.setattr(discovery, "discover_models", found)


def test_the_models_of_nearby_servers_are_found(
    pytester: pytest.Pytester, add_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with MisbehavingServer(models=("llama",)) as server:
        port = int(server.url.split(":")[2].split("/")[0])
        look_only_at(monkeypatch, port)

        result = pytester.runpytest("--llm-models=auto")

    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["llm: ok, llama"])


def test_no_server_nearby_is_a_usage_error(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    look_only_at(monkeypatch, 9)

    result = pytester.runpytest("--llm-models=auto")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: --llm-models=auto found no model on 127.0.0.1, *"])


@pytest.mark.parametrize("model", ["ok", "401", "400", "500-forever"])
def test_no_key_is_in_any_output_or_file(
    pytester: pytest.Pytester, add_file: Path, model: str
) -> None:
    leaky = MisbehavingServer(answer=lambda body: f"Your key is {KEY}.")
    with leaky as server:
        text = MODELS.format(model=model, url=server.url + "?key=$CANARY_KEY", timeout=0.5)
        (pytester.path / "models.yaml").write_text(
            text.replace("prices:", "headers: {X-Other: $CANARY_KEY}, prices:")
        )
        result = pytester.runpytest(
            "--llm-models=models.yaml", "--junitxml=j.xml", "-vv", "--showlocals", "--tb=long"
        )

    shown = result.stdout.str() + result.stderr.str()
    files = [path for path in pytester.path.rglob("*") if path.is_file()]
    texts = {str(path): path.read_bytes().decode("utf-8", "replace") for path in files}
    assert len(texts) >= 5
    assert [name for name, text in texts.items() if KEY in text] == []
    assert KEY not in shown


ENDPOINTS = """
models:
- name: several
  type: openai
  model: "{model}"
  timeout_s: 0.5
  endpoints:
  - {{api_base: "{url}?key=$CANARY_KEY", api_key: $CANARY_KEY}}
  - {{api_base: "http://me:$CANARY_KEY@127.0.0.1:9/v1", headers: {{X-Other: $CANARY_KEY}}}}
"""
BODY = """
import pytest

@pytest.mark.llm(prompt="x", language="python")
def test_body(llm, llm_model, solution):
    said = llm.generate("What is my key?")
    assert not said.text, (llm_model, llm_model.endpoints)
"""


@pytest.mark.parametrize("model", ["ok", "401", "400"])
@pytest.mark.parametrize("more", [[], ["-n2"]], ids=["alone", "xdist"])
def test_no_key_is_anywhere_with_several_endpoints(
    pytester: pytest.Pytester, add_file: Path, model: str, more: list[str]
) -> None:
    """Each endpoint has the key in another place, and a body fails with all in its locals."""
    pytester.makepyfile(BODY)
    with MisbehavingServer(answer=lambda body: f"Your key is {KEY}.") as server:
        (pytester.path / "models.yaml").write_text(ENDPOINTS.format(model=model, url=server.url))
        result = pytester.runpytest_subprocess(
            *("--llm-models=models.yaml", "--junitxml=j.xml", "-vv", "--showlocals"),
            *("--tb=long", "--llm-progress=heartbeat", *more),
        )
        assert server.requests

    shown = result.stdout.str() + result.stderr.str()
    files = [path for path in pytester.path.rglob("*") if path.is_file()]
    assert [path for path in files if KEY.encode() in path.read_bytes()] == []
    assert KEY not in shown
    assert "test_body" in shown


def test_a_password_in_a_url_is_not_shown(pytester: pytest.Pytester, add_file: Path) -> None:
    with MisbehavingServer() as one, MisbehavingServer() as two:
        specs = [
            f"openai:ok@{server.url}".replace("//", "//me:hunter2secret@") for server in (one, two)
        ]
        result = pytester.runpytest(f"--llm-models={','.join(specs)}", "-v", "--junitxml=j.xml")

    result.assert_outcomes(passed=2)
    files = [path for path in pytester.path.rglob("*") if path.is_file()]
    assert "hunter2secret" not in result.stdout.str()
    assert [path for path in files if b"hunter2secret" in path.read_bytes()] == []


def test_a_sandbox_that_cannot_be_set_up_is_a_usage_error(
    pytester: pytest.Pytester, add_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_room(choice: str) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pytest_llmbench.grading.sandbox.find_sandbox", no_room)

    result = pytester.runpytest("--llm-models=reference")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: the sandbox cannot be set up: *No space left on device"])
