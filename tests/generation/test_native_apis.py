"""The APIs of Anthropic and of Gemini over the wire."""

from __future__ import annotations

import itertools
import time
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
    Usage,
)
from tests.servers.native_apis import ANSWER, THOUGHTS, NativeServer, Received

KEY = "sk-ant-Zq8wXv3LmN0pRt5y-KLMN"
APIS = ("anthropic", "google")

pytestmark = pytest.mark.parametrize("api", APIS)


@pytest.fixture(scope="module")
def server() -> Iterator[NativeServer]:
    with NativeServer() as running:
        yield running


@pytest.fixture
def engine() -> Iterator[Engine]:
    made = Engine(8, retry_policy=RetryPolicy(base_s=0.001))
    yield made
    made.close()


labels = itertools.count()


def request(server: NativeServer, api: str, behaviour: str, **fields: Any) -> Request:
    """Make a request to a model that no other test has asked."""
    name = f"{behaviour}#{api}?/{next(labels)}"
    defaults: dict[str, Any] = {
        "name": name,
        "type": api,
        "model": name,
        "base_url": server.anthropic_url if api == "anthropic" else server.google_url,
        "api_key": Secret(KEY),
        "timeout_s": 5.0,
    }
    messages = (Message(role="user", content="Add two numbers."),)
    return Request(model=Model(**defaults | fields), messages=messages, sample=0)


def ask(engine: Engine, asked: Request) -> Generation:
    return engine.submit(asked).result(timeout=20)


def received(server: NativeServer, asked: Request) -> Received:
    """Give the one request that arrived."""
    (seen,) = [item for item in server.requests if item.model == asked.model.model]
    return seen


@pytest.mark.parametrize("behaviour", ["ok", "whole"])
def test_an_answer_comes_back_with_all_that_was_measured(
    server: NativeServer, engine: Engine, api: str, behaviour: str
) -> None:
    asked = request(server, api, behaviour)

    generation = ask(engine, asked)

    assert generation.failure is None
    assert (generation.text, generation.reasoning) == (ANSWER, THOUGHTS)
    assert generation.finish_reason is FinishReason.STOP
    assert generation.model_returned == f"{asked.model.model}-2026"
    assert generation.attempts == server.count(asked.model.model) == 1
    assert (
        Usage(input_tokens=7, output_tokens=30, cached_input_tokens=2, reasoning_tokens=12)
        == generation.usage
    )


def test_the_first_token_is_timed_and_so_is_the_first_visible_one(
    server: NativeServer, engine: Engine, api: str
) -> None:
    timing = ask(engine, request(server, api, "ok")).timing
    assert timing.ttft_s is not None
    assert timing.ttft_visible_s is not None
    assert timing.latency_s is not None
    assert 0 < timing.ttft_s <= timing.ttft_visible_s <= timing.latency_s <= timing.wall_s
    assert len(timing.chunk_times_s) > 2


def test_the_request_says_what_the_model_entry_says(
    server: NativeServer, engine: Engine, api: str
) -> None:
    asked = request(
        server,
        api,
        "ok",
        system="Be brief.",
        sampling=Sampling(temperature=0.2, top_p=0.9, max_tokens=99, stop=("END",)),
        options={"effort": "low", "thinking_tokens": 2048},
        extra_body={"service_tier": "standard_only"},
    )
    ask(engine, asked)

    body = received(server, asked).body

    common = {"service_tier": "standard_only"}
    expected: dict[str, dict[str, Any]] = {
        "anthropic": {
            "model": asked.model.model,
            "system": "Be brief.",
            "messages": [{"role": "user", "content": "Add two numbers."}],
            "stream": True,
            "max_tokens": 99,
            "temperature": 0.2,
            "top_p": 0.9,
            "stop_sequences": ["END"],
            "thinking": {"type": "enabled", "budget_tokens": 2048},
            "output_config": {"effort": "low"},
        },
        "google": {
            "contents": [{"role": "user", "parts": [{"text": "Add two numbers."}]}],
            "systemInstruction": {"parts": [{"text": "Be brief."}]},
            "generationConfig": {
                "temperature": 0.2,
                "topP": 0.9,
                "maxOutputTokens": 99,
                "stopSequences": ["END"],
                "thinkingConfig": {
                    "thinkingLevel": "LOW",
                    "thinkingBudget": 2048,
                    "includeThoughts": True,
                },
            },
        },
    }
    assert expected[api] | common == body


def test_the_key_is_in_its_header_and_nowhere_else(
    server: NativeServer, engine: Engine, api: str
) -> None:
    asked = request(server, api, "ok")
    ask(engine, asked)

    seen = received(server, asked)

    header = {"anthropic": "x-api-key", "google": "x-goog-api-key"}[api]
    assert [name for name, value in seen.headers.items() if KEY in value] == [header]
    assert seen.headers[header] == KEY
    assert KEY not in seen.url
    assert KEY not in repr(seen.body)


def test_the_address_is_the_one_that_is_documented(
    server: NativeServer, engine: Engine, api: str
) -> None:
    asked = request(server, api, "ok")
    ask(engine, asked)
    number = asked.model.model.rpartition("/")[2]
    paths = {
        "anthropic": "/v1/messages",
        "google": f"/v1beta/models/ok%23google%3F/{number}:streamGenerateContent?alt=sse",
    }
    assert paths[api] == received(server, asked).url


def test_a_query_of_the_base_url_is_kept(server: NativeServer, engine: Engine, api: str) -> None:
    base = server.anthropic_url if api == "anthropic" else server.google_url
    asked = request(server, api, "ok", base_url=f"{base}/?gateway=7")
    assert ask(engine, asked).failure is None
    query = {"anthropic": "gateway=7", "google": "gateway=7&alt=sse"}[api]
    assert query == received(server, asked).url.partition("?")[2]


def test_a_base_url_may_name_the_version_of_the_api(
    server: NativeServer, engine: Engine, api: str
) -> None:
    base = f"{server.anthropic_url}/v1/" if api == "anthropic" else f"{server.google_url}/"
    asked = request(server, api, "ok", base_url=base)
    assert ask(engine, asked).failure is None
    assert received(server, asked).url.startswith(("/v1/messages", "/v1beta/models/"))


def test_a_header_of_the_model_goes_over_the_apis_own(
    server: NativeServer, engine: Engine, api: str
) -> None:
    name = {"anthropic": "Anthropic-Version", "google": "X-Goog-Api-Key"}[api]
    plain = request(server, api, "ok")
    changed = request(server, api, "ok", headers={name: Secret("2026-10-21")})
    for asked in (plain, changed):
        assert ask(engine, asked).failure is None
    values = [received(server, asked).headers[name.lower()] for asked in (plain, changed)]
    assert values == [{"anthropic": "2023-06-01", "google": KEY}[api], "2026-10-21"]


def test_a_name_that_says_where_the_model_is_kept_stands_as_it_is(
    server: NativeServer, engine: Engine, api: str
) -> None:
    name = f"models/ok#{next(labels)}"
    asked = request(server, api, "ok", model=name)
    ask(engine, asked)
    seen = server.requests[-1]
    expected = {"anthropic": name, "google": name.removeprefix("models/")}
    assert expected[api] == seen.model


def test_each_sample_of_gemini_has_its_own_seed(
    server: NativeServer, engine: Engine, api: str
) -> None:
    asked = replace(request(server, api, "ok", sampling=Sampling(seed=5)), sample=2)
    ask(engine, asked)
    seeds = {"anthropic": None, "google": 7}
    assert seeds[api] == received(server, asked).body.get("generationConfig", {}).get("seed")


@pytest.mark.parametrize(
    ("behaviour", "reason", "text"),
    [
        ("length", FinishReason.LENGTH, ANSWER),
        ("context", FinishReason.LENGTH, ""),
        ("filtered", FinishReason.CONTENT_FILTER, ANSWER),
    ],
)
def test_what_the_model_does_is_no_failure(
    server: NativeServer, engine: Engine, api: str, behaviour: str, reason: FinishReason, text: str
) -> None:
    generation = ask(engine, request(server, api, behaviour))
    assert generation.failure is None
    assert (generation.finish_reason, generation.text) == (reason, text)
    assert generation.attempts == 1


def test_a_refusal_is_no_failure(server: NativeServer, engine: Engine, api: str) -> None:
    generation = ask(engine, request(server, api, "refusal"))
    assert generation.failure is None
    reasons = {"anthropic": FinishReason.REFUSAL, "google": FinishReason.CONTENT_FILTER}
    assert (generation.finish_reason, generation.text) == (reasons[api], "")


@pytest.mark.parametrize(
    ("behaviour", "kind", "attempts"),
    [
        ("busy-forever", "server_error", 6),
        ("429-forever", "rate_limited", 6),
        ("stream-error", "server_error", 6),
        ("cut", "malformed", 3),
        ("401", "auth", 1),
        ("400", "bad_request", 1),
        ("nobody", "not_found", 1),
    ],
)
def test_a_lasting_failure_is_infrastructure(
    server: NativeServer, engine: Engine, api: str, behaviour: str, kind: str, attempts: int
) -> None:
    asked = request(server, api, behaviour)
    generation = ask(engine, asked)
    assert generation.failure is not None
    assert generation.failure.kind == kind
    assert (generation.attempts, server.count(asked.model.model)) == (attempts, attempts)
    assert (generation.text, generation.finish_reason) == ("", None)


@pytest.mark.parametrize(
    "behaviour", ["busy-forever", "429-forever", "stream-error", "401", "400", "nobody"]
)
def test_a_server_that_quotes_the_key_does_not_make_it_show(
    server: NativeServer, engine: Engine, api: str, behaviour: str
) -> None:
    asked = request(server, api, behaviour)
    generation = ask(engine, asked)
    assert generation.failure is not None
    assert "(key ***" in generation.failure.message
    shown = repr(generation) + repr(asked)
    pieces = [KEY[at : at + 6] for at in range(len(KEY) - 5)]
    assert [piece for piece in pieces if piece in shown] == []


def test_the_pause_that_is_asked_for_is_waited_for(engine: Engine, api: str) -> None:
    with NativeServer(pause_s=0.5) as server:
        asked = request(server, api, "429-once")
        generation = ask(engine, asked)
    first, second = [item.at_s for item in server.requests]
    assert generation.failure is None
    assert generation.attempts == 2
    assert 0.5 <= second - first < 2.0


def test_a_server_that_is_busy_is_asked_again(
    server: NativeServer, engine: Engine, api: str
) -> None:
    generation = ask(engine, request(server, api, "busy-once"))
    assert (generation.text, generation.attempts) == (ANSWER, 2)


def test_a_server_that_forgets_to_end_the_body_does_not_hold_the_slot(
    server: NativeServer, engine: Engine, api: str
) -> None:
    # Gemini has no last event: usage could still follow, so all of the limit is waited.
    limit_s = {"anthropic": 10.0, "google": 1.0}[api]
    begun_s = time.monotonic()
    generation = ask(engine, request(server, api, "open", timeout_s=limit_s))
    assert (generation.failure, generation.text) == (None, ANSWER)
    assert time.monotonic() - begun_s < 4.0


def test_after_a_wrong_key_nothing_more_is_sent(
    server: NativeServer, engine: Engine, api: str
) -> None:
    asked = request(server, api, "401", concurrency=1)
    generations = [ask(engine, replace(asked, sample=k)) for k in range(3)]
    kinds = [item.failure.kind for item in generations if item.failure]
    assert kinds == ["auth", "down", "down"]
    assert server.count(asked.model.model) == 1


def test_without_a_key_none_is_sent(server: NativeServer, engine: Engine, api: str) -> None:
    asked = request(server, api, "ok", api_key=None)
    generation = ask(engine, asked)
    assert generation.failure is not None
    assert generation.failure.kind == "auth"
    assert not {"x-api-key", "x-goog-api-key", "authorization"} & set(
        received(server, asked).headers
    )
