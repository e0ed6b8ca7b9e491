"""The other APIs, from the request on the wire to the generation, as an engine asks them."""

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
from tests.servers.more_apis import ANSWER, REASONING, MoreApisServer

KEY = "sk-proj-Zq8wXv3LmN0pRt5y-KLMN"
PATHS = {
    "openai-responses": "/v1/responses",
    "openai-completions": "/v1/completions",
    "ollama": "/api/chat",
}
THINKING = ("openai-responses", "ollama")


@pytest.fixture(scope="module")
def server() -> Iterator[MoreApisServer]:
    with MoreApisServer() as running:
        yield running


@pytest.fixture
def engine() -> Iterator[Engine]:
    made = Engine(8, retry_policy=RetryPolicy(base_s=0.001))
    yield made
    made.close()


@pytest.fixture(params=sorted(PATHS))
def api(request: pytest.FixtureRequest) -> str:
    return str(request.param)


labels = itertools.count()


def request(server: MoreApisServer, api: str, behaviour: str, **fields: Any) -> Request:
    """Make a request to a model that no other test has asked."""
    name = f"{behaviour}#{next(labels)}"
    defaults: dict[str, Any] = {
        "name": name,
        "type": api,
        "model": name,
        "base_url": server.url + ("" if api == "ollama" else "/v1"),
        "api_key": Secret(KEY),
        "timeout_s": 5.0,
    }
    messages = (Message(role="user", content="Add two numbers."),)
    return Request(model=Model(**defaults | fields), messages=messages, sample=0)


def ask(engine: Engine, asked: Request) -> Generation:
    return engine.submit(asked).result(timeout=20)


def test_an_answer_comes_back_with_all_that_was_measured(
    server: MoreApisServer, engine: Engine, api: str
) -> None:
    asked = request(server, api, "ok")

    generation = ask(engine, asked)

    assert generation.failure is None
    assert generation.text == ANSWER
    assert generation.reasoning == (REASONING if api in THINKING else "")
    assert generation.finish_reason is FinishReason.STOP
    assert generation.attempts == len(server.of(asked.model.model)) == 1
    assert generation.model_returned == f"{asked.model.model}-2026"
    assert (generation.usage.input_tokens, generation.usage.output_tokens) == (7, 5)
    timing = generation.timing
    assert timing.ttft_s is not None
    assert timing.ttft_visible_s is not None
    assert timing.latency_s is not None
    assert 0 < timing.ttft_s <= timing.ttft_visible_s <= timing.latency_s <= timing.wall_s
    assert len(timing.chunk_times_s) == (4 if api in THINKING else 3)


def test_the_request_says_what_the_model_entry_says(
    server: MoreApisServer, engine: Engine, api: str
) -> None:
    asked = request(
        server,
        api,
        "ok",
        system="Be brief.",
        sampling=Sampling(temperature=0.2),
        extra_body={"keep_alive": "5m"},
    )
    ask(engine, replace(asked, sample=2))

    (seen,) = server.of(asked.model.model)

    assert seen.path == PATHS[api]
    assert seen.headers["authorization"] == f"Bearer {KEY}"
    assert (seen.body["stream"], seen.body["keep_alive"]) == (True, "5m")
    assert seen.body.get("options", seen.body)["temperature"] == 0.2
    assert "Be brief." in str(seen.body)


def test_an_answer_that_is_not_streamed_has_no_times_of_tokens(
    server: MoreApisServer, engine: Engine, api: str
) -> None:
    generation = ask(engine, request(server, api, "whole"))
    assert generation.failure is None
    assert (generation.text, generation.finish_reason) == (ANSWER, FinishReason.STOP)
    assert generation.reasoning == (REASONING if api in THINKING else "")
    assert (generation.usage.input_tokens, generation.usage.output_tokens) == (7, 5)
    assert (generation.timing.ttft_s, generation.timing.chunk_times_s) == (None, ())
    assert generation.timing.latency_s is not None


@pytest.mark.parametrize(
    ("behaviour", "reason", "text"),
    [
        ("length", FinishReason.LENGTH, ANSWER),
        ("filtered", FinishReason.CONTENT_FILTER, ANSWER),
        ("context", FinishReason.LENGTH, ""),
    ],
)
def test_what_the_model_does_is_no_failure(
    server: MoreApisServer,
    engine: Engine,
    api: str,
    behaviour: str,
    reason: FinishReason,
    text: str,
) -> None:
    if (api, behaviour) == ("ollama", "filtered"):
        reason = FinishReason.OTHER  # it has no filter, and says `load` instead
    generation = ask(engine, request(server, api, behaviour))
    assert generation.failure is None
    assert (generation.finish_reason, generation.text) == (reason, text)
    assert generation.attempts == 1


@pytest.mark.parametrize(
    ("behaviour", "kind", "attempts"),
    [
        ("401", "auth", 1),
        ("unknown", "not_found", 1),
        ("broken-stream", "server_error", 6),
        ("cut", "malformed", 3),
        ("hang", "timeout", 2),
    ],
)
def test_a_lasting_failure_is_infrastructure(
    server: MoreApisServer, engine: Engine, api: str, behaviour: str, kind: str, attempts: int
) -> None:
    limit_s = 0.3 if behaviour == "hang" else 5.0
    asked = request(server, api, behaviour, timeout_s=limit_s)
    generation = ask(engine, asked)
    assert generation.failure is not None
    assert generation.failure.kind == kind
    assert generation.attempts == len(server.of(asked.model.model)) == attempts
    assert (generation.text, generation.finish_reason) == ("", None)
    assert KEY[8:14] not in repr(generation)


def test_a_broken_stream_is_told_in_the_words_of_the_server(
    server: MoreApisServer, engine: Engine, api: str
) -> None:
    failure = ask(engine, request(server, api, "broken-stream")).failure
    assert failure is not None
    assert failure.message == "in the answer: it broke"


def test_retry_after_is_waited_for(server: MoreApisServer, engine: Engine, api: str) -> None:
    asked = request(server, api, "429-once")

    generation = ask(engine, asked)

    first, second = [item.at_s for item in server.of(asked.model.model)]
    assert generation.failure is None
    assert generation.attempts == 2
    assert 1.0 <= second - first < 3.0
