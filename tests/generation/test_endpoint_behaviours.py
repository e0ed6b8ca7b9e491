"""What becomes of every way in which an endpoint can fail."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from pytest_llmbench.generation.engine import Engine
from pytest_llmbench.generation.retry import RetryPolicy
from pytest_llmbench.vocabulary import (
    FinishReason,
    Generation,
    Message,
    Model,
    Request,
    Sampling,
    Secret,
)
from tests.servers.misbehaving import CANNED_ANSWER, MisbehavingServer

KEY = "sk-proj-Zq8wXv3LmN0pRt5y-KLMN"
HEADER = "Hq4vT8sWz-7fK2mQ9x"


@pytest.fixture(scope="module")
def server() -> Iterator[MisbehavingServer]:
    with MisbehavingServer(retry_after="1") as running:
        yield running


@pytest.fixture
def engine() -> Iterator[Engine]:
    made = Engine(8, retry_policy=RetryPolicy(base_s=0.001))
    yield made
    made.close()


labels = itertools.count()


def request(server: MisbehavingServer, behaviour: str, **fields: Any) -> Request:
    """Make a request to a model that no other test has asked."""
    name = f"{behaviour}#{next(labels)}"
    defaults: dict[str, Any] = {
        "name": name,
        "type": "openai",
        "model": name,
        "base_url": server.url,
        "api_key": Secret(KEY),
        "headers": {"x-org": Secret(HEADER)},
        "timeout_s": 0.3,
    }
    messages = (Message(role="user", content="Add two numbers."),)
    return Request(model=Model(**defaults | fields), messages=messages, sample=0)


def ask(engine: Engine, asked: Request) -> Generation:
    return engine.submit(asked).result(timeout=20)


def test_an_answer_comes_back_with_all_that_was_measured(
    server: MisbehavingServer, engine: Engine
) -> None:
    asked = request(server, "ok")

    generation = ask(engine, asked)

    assert generation.failure is None
    assert generation.text == CANNED_ANSWER
    assert generation.finish_reason is FinishReason.STOP
    assert (generation.attempts, server.count(asked.model.model)) == (1, 1)
    assert generation.model_returned == asked.model.model
    assert generation.fingerprint == "fp_misbehaving"
    usage = generation.usage
    assert (usage.input_tokens, usage.cached_input_tokens, usage.reasoning_tokens) == (7, 3, 2)
    timing = generation.timing
    assert timing.ttft_s is not None
    assert timing.latency_s is not None
    assert 0 < timing.ttft_s <= timing.latency_s <= timing.wall_s
    assert timing.ttft_visible_s == timing.ttft_s == timing.chunk_times_s[0]
    assert generation.started_at is not None
    assert generation.started_at.endswith("+00:00")


def test_a_stop_text_that_a_server_leaves_on_is_cut_off(engine: Engine) -> None:
    with MisbehavingServer(answer=lambda body: "    return 1\ndef") as server:
        generation = ask(engine, request(server, "ok", sampling=Sampling(stop=("\nde",))))
    assert (generation.failure, generation.text) == (None, "    return 1")


def test_the_request_says_what_the_model_entry_says(
    server: MisbehavingServer, engine: Engine
) -> None:
    asked = request(
        server,
        "ok",
        system="Be brief.",
        sampling=Sampling(temperature=0.2, seed=5),
        extra_body={"top_k": 1},
    )
    ask(engine, replace(asked, sample=2))

    (seen,) = [item for item in server.requests if item.model == asked.model.model]

    assert seen.headers["authorization"] == f"Bearer {KEY}"
    assert seen.headers["x-org"] == HEADER
    assert (seen.body["temperature"], seen.body["seed"], seen.body["top_k"]) == (0.2, 7, 1)
    assert seen.body["stream_options"] == {"include_usage": True}
    assert [item["role"] for item in seen.body["messages"]] == ["system", "user"]


@pytest.mark.parametrize(
    ("behaviour", "reason", "text"),
    [
        ("refusal", FinishReason.REFUSAL, "I cannot help with that."),
        ("length", FinishReason.LENGTH, CANNED_ANSWER[:35]),
        ("content-filter", FinishReason.CONTENT_FILTER, CANNED_ANSWER),
        ("context", FinishReason.LENGTH, ""),
        ("unicode-separators", FinishReason.STOP, "a\u2028b\u2029c\u0085d"),
        ("not-stream", FinishReason.STOP, CANNED_ANSWER),
        ("hang-after-done", FinishReason.STOP, CANNED_ANSWER),
    ],
)
def test_what_the_model_does_is_no_failure(
    server: MisbehavingServer, engine: Engine, behaviour: str, reason: FinishReason, text: str
) -> None:
    generation = ask(engine, request(server, behaviour))
    assert generation.failure is None
    assert (generation.finish_reason, generation.text) == (reason, text)
    assert generation.attempts == 1


def test_reasoning_is_kept_apart_from_the_answer(server: MisbehavingServer, engine: Engine) -> None:
    generation = ask(engine, request(server, "reasoning"))
    assert (generation.reasoning, generation.text) == ("Let me think.", CANNED_ANSWER)


@pytest.mark.parametrize("behaviour", ["500-once", "reset-once"])
def test_a_passing_failure_is_retried(
    server: MisbehavingServer, engine: Engine, behaviour: str
) -> None:
    asked = request(server, behaviour)
    generation = ask(engine, asked)
    assert generation.failure is None
    assert (generation.attempts, server.count(asked.model.model)) == (2, 2)


def test_each_attempt_is_told(server: MisbehavingServer, engine: Engine) -> None:
    generation = ask(engine, request(server, "500-once"))
    first, second = generation.tries
    assert (first.failure, first.status, first.request_id) == ("server_error", 500, "req-1")
    assert (second.failure, second.status, second.request_id) == (None, None, None)
    assert first.at_s == 0.0
    assert second.at_s >= first.duration_s > 0
    assert generation.timing.latency_s is not None
    assert second.duration_s >= generation.timing.latency_s


def test_attempts_of_a_request_that_fails_are_told_too(
    server: MisbehavingServer, engine: Engine
) -> None:
    generation = ask(engine, request(server, "hang"))
    assert [attempt.failure for attempt in generation.tries] == ["timeout", "timeout"]
    assert all(attempt.duration_s >= 0.3 for attempt in generation.tries)


def test_tokens_are_estimated_where_nobody_counts(
    server: MisbehavingServer, engine: Engine
) -> None:
    usage = ask(engine, request(server, "no-usage")).usage
    assert (usage.is_estimated, usage.input_tokens) == (True, None)
    assert usage.output_tokens is not None
    assert 5 <= usage.output_tokens <= 40


def test_the_servers_own_times_come_back(server: MisbehavingServer, engine: Engine) -> None:
    timing = ask(engine, request(server, "timings")).server_timing
    assert (timing.prompt_s, timing.decode_s, timing.load_s) == (0.0125, 0.25, None)


@pytest.mark.parametrize(
    ("behaviour", "kind", "attempts"),
    [
        ("500-forever", "server_error", 6),
        ("reset-forever", "connection", 6),
        ("stream-error", "server_error", 6),
        ("hang", "timeout", 2),
        ("hang-mid-stream", "timeout", 2),
        ("malformed-json", "malformed", 3),
        ("malformed-sse", "malformed", 3),
        ("html", "malformed", 3),
        ("empty-body", "malformed", 3),
        ("no-finish", "malformed", 3),
        ("wrong-model", "not_found", 1),
        ("redirect", "not_found", 1),
        ("401", "auth", 1),
        ("400", "bad_request", 1),
    ],
)
def test_a_lasting_failure_is_infrastructure(
    server: MisbehavingServer, engine: Engine, behaviour: str, kind: str, attempts: int
) -> None:
    asked = request(server, behaviour)
    generation = ask(engine, asked)
    assert generation.failure is not None
    assert generation.failure.kind == kind
    assert (generation.attempts, server.count(asked.model.model)) == (attempts, attempts)
    assert (generation.text, generation.finish_reason) == ("", None)
    assert "\n" not in generation.failure.message


def test_silence_in_the_middle_of_an_answer_ends_the_attempt(
    server: MisbehavingServer, engine: Engine
) -> None:
    asked = request(server, "hang-mid-stream", timeout_s=60.0, idle_timeout_s=0.2)
    generation = ask(engine, asked)
    assert generation.failure is not None
    assert generation.failure.kind == "timeout"
    assert generation.failure.message == "silent for 0.2 s in the middle of an answer"
    assert generation.attempts == 2


@pytest.mark.parametrize("behaviour", ["slow:0.5", "hang-after-done"])
def test_other_silences_are_not_too_long(
    server: MisbehavingServer, engine: Engine, behaviour: str
) -> None:
    asked = request(server, behaviour, timeout_s=60.0, idle_timeout_s=0.2)
    generation = ask(engine, asked)
    assert (generation.failure, generation.text) == (None, CANNED_ANSWER)


def test_each_piece_of_an_answer_ends_a_silence(engine: Engine) -> None:
    with MisbehavingServer(interval_s=0.06) as slow:
        generation = ask(engine, request(slow, "ok", timeout_s=60.0, idle_timeout_s=0.3))
    assert (generation.failure, generation.attempts) == (None, 1)
    assert generation.timing.latency_s is not None
    assert generation.timing.latency_s > 0.3


def test_retry_after_is_waited_for(server: MisbehavingServer, engine: Engine) -> None:
    asked = request(server, "429-once")

    generation = ask(engine, asked)

    first, second = [item.at_s for item in server.requests if item.model == asked.model.model]
    assert generation.failure is None
    assert 1.0 <= second - first < 2.0
    assert generation.timing.wall_s >= 1.0
    assert generation.timing.latency_s is not None
    assert generation.timing.latency_s < 0.5


def test_a_limit_that_never_lifts_ends_as_infrastructure(engine: Engine) -> None:
    with MisbehavingServer(retry_after="0.01") as server:
        asked = request(server, "429-forever")
        generation = ask(engine, asked)
    assert generation.failure is not None
    assert (generation.failure.kind, generation.failure.status) == ("rate_limited", 429)
    assert generation.attempts == server.count(asked.model.model) == 6


def test_a_pause_that_is_too_long_is_not_waited_for(engine: Engine) -> None:
    with MisbehavingServer(retry_after="3600") as server:
        generation = ask(engine, request(server, "429-forever"))
    assert generation.failure is not None
    assert (generation.failure.kind, generation.attempts) == ("rate_limited", 1)


def test_others_of_the_model_are_held_back_while_it_asks_for_a_pause(
    server: MisbehavingServer, engine: Engine
) -> None:
    asked = request(server, "429-once", concurrency=1)
    generations = [engine.submit(replace(asked, sample=k)) for k in range(4)]
    assert all(future.result(10).failure is None for future in generations)
    times = [item.at_s for item in server.requests if item.model == asked.model.model]
    assert len(times) == 5
    assert times[1] - times[0] >= 1.0


@pytest.mark.parametrize("behaviour", ["401", "400", "wrong-model", "500-forever", "reset-forever"])
def test_no_key_shows_in_what_comes_back(
    server: MisbehavingServer, engine: Engine, behaviour: str
) -> None:
    asked = request(server, behaviour)
    shown = repr(ask(engine, asked)) + repr(asked)
    for secret in (KEY, HEADER):
        pieces = [secret[at : at + 6] for at in range(len(secret) - 5)]
        assert [piece for piece in pieces if piece in shown] == []
        assert secret[-4:] not in shown


def test_a_value_from_the_environment_does_not_show(
    server: MisbehavingServer, engine: Engine
) -> None:
    asked = request(server, "wrong-model#Tz7pQ4", secrets=(Secret("Tz7pQ4"),))
    failure = ask(engine, asked).failure
    assert failure is not None
    assert failure.message.startswith("HTTP 404: The model `wrong-model#***")


def test_a_port_where_nobody_listens_is_a_connection_failure(engine: Engine) -> None:
    with MisbehavingServer() as server:
        asked = request(server, "ok")
    generation = ask(engine, asked)
    assert generation.failure is not None
    assert generation.failure.kind == "connection"
    assert "cannot connect" in generation.failure.message


def test_after_a_wrong_key_nothing_more_is_sent(server: MisbehavingServer, engine: Engine) -> None:
    asked = request(server, "401", concurrency=1)
    generations = [engine.submit(replace(asked, sample=k)).result(10) for k in range(5)]
    kinds = [item.failure.kind for item in generations if item.failure]
    assert kinds == ["auth", "down", "down", "down", "down"]
    assert server.count(asked.model.model) == 1
    assert [item.attempts for item in generations] == [1, 0, 0, 0, 0]


def test_a_model_that_is_down_leaves_the_others_alone(
    server: MisbehavingServer, engine: Engine
) -> None:
    ask(engine, request(server, "401"))
    assert ask(engine, request(server, "ok")).failure is None


def test_a_kept_alive_connection_that_the_server_closed_costs_no_attempt(engine: Engine) -> None:
    with MisbehavingServer() as first:
        asked = request(first, "ok")
        ask(engine, asked)
    port = int(first.url.split(":")[2].split("/")[0])
    with MisbehavingServer(port=port) as second:
        generation = ask(engine, asked)
    assert generation.failure is None
    assert (generation.attempts, second.count(asked.model.model)) == (1, 1)


def test_a_proxy_of_the_environment_is_not_used_on_loopback(
    server: MisbehavingServer, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert ask(engine, request(server, "ok")).failure is None
