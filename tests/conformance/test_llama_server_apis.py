"""The APIs that llama.cpp's server speaks beside chat completions, asked by the engine."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pytest_llmbench.generation.engine import Engine
from pytest_llmbench.vocabulary import FinishReason, Generation, Message, Model, Request, Sampling

NAME = "tinycoder-q8_0"


@pytest.fixture(scope="module")
def url(shared: Path, serve_gguf: Callable[[Path], str]) -> str:
    return serve_gguf(shared / f"models/tinycoder/{NAME}.gguf")


@pytest.fixture(scope="module")
def problem(shared: Path) -> dict[str, Any]:
    """Give a problem that the model was trained to solve always."""
    lines = (shared / "models/tinycoder/problems.jsonl").read_text().splitlines()
    return next(each for each in map(json.loads, lines) if each["p_train"] == 1.0)


@pytest.fixture
def engine() -> Iterator[Engine]:
    made = Engine(4)
    yield made
    made.close()


def ask(
    engine: Engine,
    api: str,
    url: str,
    prompt: str,
    extra_body: dict[str, Any] | None = None,
    **sampling: Any,
) -> Generation:
    chosen = Sampling(temperature=0.0, **{"max_tokens": 256} | sampling)
    model = Model(
        name=api if extra_body is None else f"{api}-extra",
        type=api,
        model=NAME,
        base_url=url,
        sampling=chosen,
        extra_body=extra_body or {},
    )
    messages = (Message(role="user", content=prompt),)
    generation = engine.submit(Request(model=model, messages=messages, sample=0)).result(60)
    if generation.failure and generation.failure.kind == "not_found":
        pytest.skip(f"this llama-server has no route for {api}")
    return generation


def was_measured(generation: Generation) -> bool:
    timing, usage = generation.timing, generation.usage
    assert timing.ttft_s is not None
    assert timing.latency_s is not None
    assert usage.input_tokens is not None
    return 0 < timing.ttft_s <= timing.latency_s and usage.input_tokens > 0


def test_a_base_model_continues_a_prompt(engine: Engine, url: str, problem: dict[str, Any]) -> None:
    stop = ("\ndef ",)
    generation = ask(engine, "openai-completions", url, problem["base_prompt"], stop=stop)

    assert generation.failure is None
    assert generation.finish_reason is FinishReason.STOP
    assert generation.model_returned == NAME
    assert was_measured(generation)
    compile(problem["base_prompt"] + generation.text, "answer", "exec")


def test_responses_answer_a_prompt_as_chat_does(
    engine: Engine, url: str, problem: dict[str, Any]
) -> None:
    chat = ask(engine, "openai", url, problem["prompt"])

    generation = ask(engine, "openai-responses", url, problem["prompt"])

    assert generation.failure is None
    assert generation.finish_reason is FinishReason.STOP
    assert (generation.text, generation.reasoning) == (chat.text, chat.reasoning)
    assert generation.usage.output_tokens == chat.usage.output_tokens
    assert was_measured(generation)


@pytest.mark.parametrize("api", ["openai-completions", "openai-responses"])
def test_the_limit_of_tokens_is_seen(
    engine: Engine, url: str, problem: dict[str, Any], api: str
) -> None:
    generation = ask(engine, api, url, problem["prompt"], max_tokens=4)
    assert generation.failure is None
    assert generation.finish_reason is FinishReason.LENGTH
    assert generation.usage.output_tokens == 4


@pytest.mark.parametrize("api", ["openai-completions", "openai-responses"])
def test_a_prompt_that_is_too_long_is_an_outcome_of_the_model(
    engine: Engine, url: str, api: str
) -> None:
    generation = ask(engine, api, url, "return a + b " * 4000)
    assert generation.failure is None
    assert (generation.finish_reason, generation.text) == (FinishReason.LENGTH, "")


@pytest.mark.parametrize("api", ["openai", "openai-completions", "openai-responses"])
def test_the_servers_own_times_are_within_the_clients(
    engine: Engine, url: str, problem: dict[str, Any], api: str
) -> None:
    generation = ask(engine, api, url, problem["prompt"])
    served = generation.server_timing
    assert served.prompt_s is not None
    assert served.decode_s is not None
    # Not `latency_s`: the server goes on to a last token that has no text.
    assert 0 < served.prompt_s + served.decode_s <= generation.timing.wall_s


def test_an_estimate_of_tokens_is_near_the_servers_count(
    engine: Engine, url: str, problem: dict[str, Any]
) -> None:
    counted = ask(engine, "openai", url, problem["prompt"]).usage
    uncounted = {"stream_options": None}
    estimated = ask(engine, "openai", url, problem["prompt"], extra_body=uncounted).usage
    assert (counted.is_estimated, estimated.is_estimated) == (False, True)
    assert counted.output_tokens is not None
    assert estimated.output_tokens == pytest.approx(counted.output_tokens, rel=0.1)


@pytest.mark.parametrize("api", ["openai", "openai-completions"])
def test_several_samples_of_one_request_have_each_their_text_tokens_and_times(
    engine: Engine, url: str, problem: dict[str, Any], api: str
) -> None:
    """Sampled so wildly that a model this small does not say the same twice."""
    model = Model(
        name=f"{api}-several",
        type=api,
        model=NAME,
        base_url=url,
        sampling=Sampling(temperature=5.0, top_p=1.0, max_tokens=40),
        extra_body={"top_k": 0, "min_p": 0},
        samples_per_request=3,
    )
    messages = (Message(role="user", content=problem["prompt"]),)
    asked = [Request(model=model, messages=messages, sample=k) for k in range(3)]
    generations = [future.result(60) for future in [engine.submit(each) for each in asked]]

    assert [None] * 3 == [each.failure for each in generations]
    assert [()] * 3 == [each.dropped for each in generations]
    assert len({each.text for each in generations}) == 3
    usages = [each.usage for each in generations]
    assert [False] * 3 == [usage.is_shared or usage.is_estimated for usage in usages]
    assert all(0 < (usage.output_tokens or 0) <= 40 for usage in usages)
    assert [True, False, False] == [bool(usage.input_tokens) for usage in usages]
    assert all(each.server_timing.decode_s for each in generations)
    assert all(each.timing.ttft_s for each in generations)


def test_more_samples_than_the_server_has_slots_are_asked_for_one_by_one(
    engine: Engine, url: str, problem: dict[str, Any]
) -> None:
    model = Model(
        name="too-many",
        type="openai",
        model=NAME,
        base_url=url,
        sampling=Sampling(max_tokens=4),
        samples_per_request=9,
    )
    messages = (Message(role="user", content=problem["prompt"]),)
    asked = [Request(model=model, messages=messages, sample=k) for k in range(9)]
    generations = [future.result(60) for future in [engine.submit(each) for each in asked]]
    assert {(None, ("n",))} == {(each.failure, each.dropped) for each in generations}
