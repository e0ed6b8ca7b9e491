"""How much an endpoint takes is found out, and a model may have several of them."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from pytest_llmbench.generation.engine import Engine
from pytest_llmbench.generation.retry import RetryPolicy
from pytest_llmbench.vocabulary import Endpoint, Generation, Message, Model, Request, Secret
from tests.servers.misbehaving import MisbehavingServer

NOBODY = "http://127.0.0.1:9/v1"
labels = itertools.count()


@pytest.fixture
def engine() -> Iterator[Engine]:
    made = Engine(8, retry_policy=RetryPolicy(base_s=0.01, cooldown_s=0.2))
    yield made
    made.close()


def ask(engine: Engine, behaviour: str, count: int, **fields: Any) -> list[Generation]:
    name = f"{behaviour}#{next(labels)}"
    model = Model(**{"name": name, "type": "openai", "model": name, "timeout_s": 5.0} | fields)
    say = (Message(role="user", content="?"),)
    futures = [
        engine.submit(Request(model=model, messages=say, sample=sample)) for sample in range(count)
    ]
    return [future.result(30) for future in futures]


def test_an_endpoint_that_takes_less_loses_nothing(engine: Engine) -> None:
    with MisbehavingServer(latency_s=0.02) as server:
        generations = ask(engine, "crowded:5", 200, base_url=server.url, concurrency=40)

        assert [each.failure for each in generations] == [None] * 200
        assert len(server.requests) == 200 + server.refusals
        assert server.refusals < 150  # 40 at once to the end would be some 1 400


def test_an_endpoint_that_refuses_all_is_not_stormed(engine: Engine) -> None:
    with MisbehavingServer(retry_after="0.02") as server:
        generations = ask(engine, "429-forever", 24, base_url=server.url, concurrency=24)

    assert {each.failure.kind for each in generations if each.failure} == {"rate_limited"}
    assert max(each.attempts for each in generations) <= 10


def test_limits_are_learned_from_headers(engine: Engine) -> None:
    with MisbehavingServer(latency_s=0.05) as server:
        generations = ask(engine, "metered:40", 120, base_url=server.url, concurrency=20)

        assert [each.failure for each in generations] == [None] * 120
        assert server.refusals <= 20  # at most those that were sent before the first answer


def test_a_limit_of_the_users_is_kept(engine: Engine) -> None:
    with MisbehavingServer() as server:
        model = Model(
            name="m", type="openai", model="ok", base_url=server.url, requests_per_minute=5
        )
        say = (Message(role="user", content="?"),)
        futures = [engine.submit(Request(model=model, messages=say, sample=k)) for k in range(20)]
        for future in futures[:5]:
            assert future.result(10).failure is None

        assert server.count("ok") == 5
        assert not any(future.done() for future in futures[5:])


def test_tokens_per_minute_are_set_aside(engine: Engine) -> None:
    with MisbehavingServer() as server:
        # Each answer has 17 tokens: at 50 a minute the fourth has to wait.
        model = Model(
            name="m", type="openai", model="ok", base_url=server.url, tokens_per_minute=50,
            concurrency=1,
        )  # fmt: skip
        say = (Message(role="user", content="?"),)
        futures = [engine.submit(Request(model=model, messages=say, sample=k)) for k in range(9)]
        for future in futures[:2]:
            assert future.result(10).failure is None
        with pytest.raises(TimeoutError):
            futures[4].result(0.5)

        assert server.count("ok") in {2, 3}


def test_endpoints_share_the_work(engine: Engine) -> None:
    with MisbehavingServer(latency_s=0.02) as one, MisbehavingServer(latency_s=0.02) as two:
        places = (
            Endpoint(base_url=one.url, concurrency=3),
            Endpoint(base_url=two.url, concurrency=1),
        )
        generations = ask(engine, "ok", 80, endpoints=places)

        assert [each.failure for each in generations] == [None] * 80
        assert (one.peak, two.peak) == (3, 1)
        assert len(one.requests) + len(two.requests) == 80
        assert len(one.requests) > 1.5 * len(two.requests) > 0
        answered = Counter(each.endpoint for each in generations)
        assert answered == {one.url: len(one.requests), two.url: len(two.requests)}


def test_each_endpoint_gets_its_own_key(engine: Engine) -> None:
    with MisbehavingServer(latency_s=0.02) as server:
        places = tuple(Endpoint(base_url=server.url, api_key=Secret(key)) for key in ("k1", "k2"))
        ask(engine, "ok", 20, endpoints=places, api_key=Secret("other"))

        keys = {each.headers["authorization"] for each in server.requests}
        assert keys == {"Bearer k1", "Bearer k2"}


def test_a_dead_endpoint_costs_no_answer_and_few_attempts(engine: Engine) -> None:
    with MisbehavingServer(latency_s=0.02) as server:
        places = (Endpoint(base_url=NOBODY), Endpoint(base_url=server.url))
        generations = ask(engine, "ok", 100, endpoints=places)

        assert [each.failure for each in generations] == [None] * 100
        assert {each.endpoint for each in generations} == {server.url}
        assert len(server.requests) == 100
        assert sum(each.attempts - 1 for each in generations) < 30


@pytest.mark.parametrize("behaviour", ["401", "500-forever", "wrong-model", "reset-forever"])
def test_what_one_endpoint_cannot_do_another_does(engine: Engine, behaviour: str) -> None:
    with MisbehavingServer(latency_s=0.01) as good, MisbehavingServer(models=("x",)) as bad:
        bad.behaves_as = behaviour
        places = (Endpoint(base_url=bad.url), Endpoint(base_url=good.url))
        generations = ask(engine, "ok", 40, endpoints=places)

        assert [each.failure for each in generations] == [None] * 40
        assert len(good.requests) == 40


def test_an_endpoint_that_comes_back_is_used_again(engine: Engine) -> None:
    with MisbehavingServer(latency_s=0.01) as one, MisbehavingServer(latency_s=0.01) as two:
        one.behaves_as = "500-forever"
        places = (Endpoint(base_url=one.url), Endpoint(base_url=two.url))
        fields: dict[str, Any] = {"name": "n", "type": "openai", "model": "ok", "endpoints": places}
        say = (Message(role="user", content="?"),)

        def rounds(count: int) -> Counter[str | None]:
            futures = [
                engine.submit(Request(model=Model(**fields), messages=say, sample=k))
                for k in range(count)
            ]
            return Counter(future.result(10).endpoint for future in futures)

        assert set(rounds(60)) == {two.url}
        one.behaves_as = None
        seen: set[str | None] = set()
        for _ in range(200):
            seen |= set(rounds(10))
            if one.url in seen:
                break
        assert one.url in seen


def test_when_all_are_dead_it_is_said_soon(engine: Engine) -> None:
    places = (Endpoint(base_url=NOBODY), Endpoint(base_url="http://127.0.0.1:7/v1"))
    generations = ask(engine, "ok", 30, endpoints=places)

    kinds = {each.failure.kind for each in generations if each.failure}
    assert kinds <= {"connection", "down"}
    assert sum(each.attempts for each in generations) < 30 * 6


def test_the_key_of_an_endpoint_does_not_show(engine: Engine) -> None:
    key = "sk-proj-Zq8wXv3LmN0pRt5y-KLMN"
    with MisbehavingServer(answer=lambda body: f"your key is {key}") as server:
        places = (Endpoint(base_url=server.url, api_key=Secret(key)),)
        (generation,) = ask(engine, "ok", 1, endpoints=places)

    assert generation.text
    assert key not in repr(generation)
