"""What goes to a base model, and what is made of its chunks."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_llmbench.generation.provider import AttemptError
from pytest_llmbench.generation.providers.event_stream import EventStream
from pytest_llmbench.generation.providers.openai_completions import TextCompletion, request_body
from pytest_llmbench.vocabulary import (
    FinishReason,
    Generation,
    Message,
    Model,
    Request,
    Sampling,
    Usage,
)
from tests.unit.generation.bodies import failure_of, read_all


def body(*messages: Message, sample: int = 0, **fields: Any) -> dict[str, Any]:
    model = Model(name="M", type="openai-completions", model="m", base_url="http://h/v1", **fields)
    asked = messages or (Message(role="user", content="def f("),)
    return request_body(Request(model=model, messages=asked, sample=sample))


def event(value: Any) -> bytes:
    return b"data: " + json.dumps(value).encode() + b"\n\n"


def chunk(text: Any, finish: Any = None, **more: Any) -> bytes:
    choice = {"index": 0, "text": text, "logprobs": None, "finish_reason": finish}
    return event({"choices": [choice], **more})


STOP = chunk("", "stop")
DONE = b"data: [DONE]\n\n"
USAGE = {"prompt_tokens": 7, "completion_tokens": 5}


def read(*chunks: bytes) -> Generation:
    return read_all(EventStream(TextCompletion()), chunks)


def failure(*chunks: bytes) -> AttemptError:
    return failure_of(lambda: read(*chunks))


def test_settings_that_are_not_set_are_left_to_the_server() -> None:
    assert body() == {
        "model": "m",
        "prompt": "def f(",
        "stream": True,
        "stream_options": {"include_usage": True},
    }


def test_settings_that_are_set_are_sent() -> None:
    sampling = Sampling(temperature=0.0, top_p=0.5, seed=40, max_tokens=9, stop=("\nclass",))
    sent = body(sample=3, sampling=sampling)
    assert (sent["temperature"], sent["top_p"], sent["max_tokens"]) == (0.0, 0.5, 9)
    assert (sent["seed"], sent["stop"]) == (43, ["\nclass"])


def test_the_prompt_is_all_that_is_said_the_system_text_first() -> None:
    said = (Message(role="user", content="a"), Message(role="assistant", content="b"))
    assert body(*said, system="s")["prompt"] == "s\n\na\n\nb"


def test_what_follows_the_gap_comes_from_extra_body() -> None:
    sent = body(extra_body={"suffix": "    return x\n", "stream_options": None})
    assert sent["suffix"] == "    return x\n"
    assert "stream_options" not in sent


def test_pieces_make_the_text() -> None:
    generation = read(chunk(""), chunk("x):"), chunk("\n"), STOP, DONE)
    assert (generation.text, generation.finish_reason) == ("x):\n", FinishReason.STOP)
    timing = generation.timing
    assert (timing.ttft_s, timing.ttft_visible_s, timing.latency_s) == (2.0, 2.0, 3.0)


@pytest.mark.parametrize(
    "chunks",
    [
        (STOP, event({"choices": [], "usage": USAGE}), DONE),
        (chunk("", "stop", usage=USAGE),),
        (chunk("a", usage={"prompt_tokens": 7}), chunk("", "stop", usage=USAGE)),
    ],
    ids=["extra chunk", "last chunk", "every chunk"],
)
def test_usage_is_taken_wherever_it_stands(chunks: tuple[bytes, ...]) -> None:
    assert Usage(input_tokens=7, output_tokens=5) == read(*chunks).usage


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("stop", FinishReason.STOP),
        ("length", FinishReason.LENGTH),
        ("content_filter", FinishReason.CONTENT_FILTER),
        ("whatever", FinishReason.OTHER),
        (7, FinishReason.OTHER),
    ],
)
def test_finish_reasons_have_one_vocabulary(raw: object, reason: FinishReason) -> None:
    assert reason is read(chunk("x", raw)).finish_reason


def test_an_empty_finish_reason_is_none() -> None:
    assert failure(chunk("x", "")).failure.message == "the stream ended without a finish reason"
    assert read(chunk("x", ""), chunk("y", "length")).text == "xy"


def test_a_server_that_does_not_stream_is_read_whole() -> None:
    choice = {"index": 0, "text": "x):", "finish_reason": "length"}
    whole = json.dumps({"model": "m-2026", "choices": [choice], "usage": USAGE}).encode()

    generation = read(whole[:20], whole[20:])

    assert (generation.text, generation.finish_reason) == ("x):", FinishReason.LENGTH)
    assert (generation.model_returned, generation.usage.input_tokens) == ("m-2026", 7)
    assert (generation.timing.ttft_s, generation.timing.latency_s) == (None, 3.0)


def test_a_second_choice_is_no_part_of_the_sample() -> None:
    other = {"choices": [{"index": 1, "text": "no", "finish_reason": "stop"}]}
    assert read(chunk("yes"), event(other), STOP).text == "yes"


def test_the_answer_is_the_same_wherever_the_stream_is_cut() -> None:
    stream = chunk("a\u2028") + chunk("\U0001f600") + chunk("", "stop", usage=USAGE) + DONE
    for at in range(1, len(stream)):
        generation = read(stream[:at], stream[at:])
        assert (generation.text, generation.usage.output_tokens) == ("a\u2028\U0001f600", 5)


def test_an_error_inside_the_stream_is_a_failure() -> None:
    failed = failure(chunk("x"), event({"error": {"message": "overloaded"}}))
    assert failed.failure.message == "in the answer: overloaded"


@pytest.mark.parametrize(
    "chunks",
    [
        (),
        (b"<html>",),
        (b"data: {oops\n\n",),
        (event({"choices": "x"}),),
        (event({"choices": [7]}),),
        (chunk("x"), DONE),
        (b"{}",),
    ],
)
def test_what_is_no_completion_is_malformed(chunks: tuple[bytes, ...]) -> None:
    failed = failure(*chunks)
    assert (failed.failure.kind, failed.retryable) == ("malformed", True)


@pytest.mark.parametrize("text", [None, 7, [], [7], {"text": "x"}])
def test_a_text_that_is_none_is_passed_over(text: object) -> None:
    assert read(chunk(text), chunk("x"), STOP).timing.chunk_times_s == (2.0,)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)
KEYS = ("choices", "text", "error", "usage", "index", "finish_reason", "model")


@given(
    st.recursive(
        JSON,
        lambda inner: (
            st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4)
        ),
        max_leaves=8,
    ),
    st.booleans(),
)
def test_no_json_is_worse_than_a_failed_attempt(value: Any, is_streamed: bool) -> None:
    try:
        read(event(value) if is_streamed else json.dumps(value).encode(), STOP)
    except AttemptError as error:
        assert len(error.failure.message) <= 300  # noqa: PT017 - either way is fine
