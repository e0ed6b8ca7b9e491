"""What a model does not take is left out, at once and once for all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from pytest_llmbench.generation.engine import Engine
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
from tests.servers.native_apis import NativeServer


@pytest.fixture
def server() -> Iterator[MisbehavingServer]:
    with MisbehavingServer() as running:
        yield running


@pytest.fixture
def engine() -> Iterator[Engine]:
    made = Engine(8)
    yield made
    made.close()


SAMPLING = Sampling(temperature=0.2, top_p=0.9, seed=5, max_tokens=77)


def request(server: MisbehavingServer, behaviour: str, **fields: Any) -> Request:
    defaults = {"name": behaviour, "type": "openai", "model": behaviour, "base_url": server.url}
    model = Model(**{**defaults, "sampling": SAMPLING, **fields})
    messages = (Message(role="user", content="Add two numbers."),)
    return Request(model=model, messages=messages, sample=0)


def ask(engine: Engine, asked: Request) -> Generation:
    return engine.submit(asked).result(timeout=20)


def test_a_refused_parameter_is_left_out_within_the_same_attempt(
    server: MisbehavingServer, engine: Engine
) -> None:
    generation = ask(engine, request(server, "refuses-temperature"))

    assert (generation.failure, generation.text) == (None, CANNED_ANSWER)
    assert (generation.attempts, generation.dropped) == (1, ("temperature",))
    first, second = (each.body for each in server.requests)
    assert second == {key: value for key, value in first.items() if key != "temperature"}
    timing = generation.timing
    assert timing.latency_s is not None
    assert timing.latency_s <= timing.wall_s


def test_it_is_not_sent_again(server: MisbehavingServer, engine: Engine) -> None:
    asked = request(server, "refuses-temperature")
    generations = [ask(engine, replace(asked, sample=k)) for k in range(3)]
    assert [("temperature",)] * 3 == [generation.dropped for generation in generations]
    assert server.count("refuses-temperature") == 4


def test_requests_that_were_refused_together_are_all_answered(
    server: MisbehavingServer, engine: Engine
) -> None:
    asked = request(server, "refuses-temperature")
    futures = [engine.submit(replace(asked, sample=k)) for k in range(20)]
    generations = [future.result(20) for future in futures]
    assert {CANNED_ANSWER} == {generation.text for generation in generations}
    assert {(1, ("temperature",))} == {(each.attempts, each.dropped) for each in generations}


def test_several_are_left_out_one_after_the_other(
    server: MisbehavingServer, engine: Engine
) -> None:
    generation = ask(engine, request(server, "refuses-extras"))
    assert generation.dropped == ("seed", "stream_options")
    assert server.count("refuses-extras") == 3
    assert server.requests[-1].body["temperature"] == 0.2


def test_a_limit_is_kept_under_the_name_that_the_server_wants(
    server: MisbehavingServer, engine: Engine
) -> None:
    generation = ask(engine, request(server, "refuses-max-tokens"))
    assert (generation.text, generation.dropped) == (CANNED_ANSWER, ())
    last = server.requests[-1].body
    assert ("max_tokens" in last, last["max_completion_tokens"]) == (False, 77)


def test_an_explicit_wish_stands_and_so_does_the_refusal(
    server: MisbehavingServer, engine: Engine
) -> None:
    asked = request(server, "refuses-temperature", extra_body={"temperature": 0.5})
    generation = ask(engine, asked)
    assert generation.failure is not None
    assert (generation.failure.kind, generation.dropped) == ("bad_request", ())
    assert "'temperature' does not support 0.5" in generation.failure.message
    assert server.count("refuses-temperature") == 1


def test_one_model_does_without_what_another_takes(
    server: MisbehavingServer, engine: Engine
) -> None:
    ask(engine, request(server, "refuses-temperature"))
    assert ask(engine, request(server, "ok")).dropped == ()
    assert server.requests[-1].body["temperature"] == 0.2


@pytest.mark.parametrize("api", ["anthropic", "google"])
def test_the_native_apis_are_understood(engine: Engine, api: str) -> None:
    with NativeServer() as native:
        url = native.anthropic_url if api == "anthropic" else native.google_url
        fields: dict[str, Any] = {
            "base_url": url,
            "sampling": SAMPLING,
            "api_key": Secret("k" * 20),
        }
        model = Model(name=api, type=api, model="untempered", **fields)
        messages = (Message(role="user", content="?"),)
        generation = ask(engine, Request(model=model, messages=messages, sample=0))
    assert generation.failure is None
    assert (generation.finish_reason, generation.dropped) == (FinishReason.STOP, ("temperature",))
    assert native.count("untempered") == 2
