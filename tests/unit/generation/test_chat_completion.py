"""One completion out of the chunks of all the servers that speak the protocol."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_llmbench.generation.estimates import estimated_output_tokens
from pytest_llmbench.generation.provider import AttemptError
from pytest_llmbench.generation.providers.chat_completion import ChatCompletion
from pytest_llmbench.generation.providers.event_stream import EventStream
from pytest_llmbench.vocabulary import FinishReason, Generation, ServerTiming, Usage
from tests.unit.generation.bodies import failure_of, read_all


def chunk(delta: dict[str, Any] | None = None, finish: str | None = None, **more: Any) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return event({"choices": [choice], **more})


def event(value: Any) -> bytes:
    return b"data: " + json.dumps(value).encode() + b"\n\n"


STOP = chunk({}, "stop")
DONE = b"data: [DONE]\n\n"


def read(*chunks: bytes) -> Generation:
    return read_all(EventStream(ChatCompletion()), chunks)


def failure(*chunks: bytes) -> AttemptError:
    return failure_of(lambda: read(*chunks))


def test_deltas_make_the_text() -> None:
    assert read(chunk({"content": "Hel"}), chunk({"content": "lo"}), STOP).text == "Hello"


def test_a_chunk_that_names_a_role_is_no_token() -> None:
    timing = read(
        chunk({"role": "assistant", "content": ""}),
        chunk({"role": "assistant", "content": None}),
        chunk({"content": "x"}),
        chunk({"content": "y"}),
        STOP,
    ).timing
    assert (
        timing.ttft_s,
        timing.ttft_visible_s,
        timing.latency_s,
        timing.chunk_times_s,
    ) == (3.0, 3.0, 4.0, (3.0, 4.0))


@pytest.mark.parametrize("field", ["reasoning", "reasoning_content"])
def test_reasoning_is_kept_apart_and_is_a_first_token(field: str) -> None:
    generation = read(chunk({field: "hm"}), chunk({"content": "x"}), STOP)
    assert (generation.reasoning, generation.text) == ("hm", "x")
    assert (generation.timing.ttft_s, generation.timing.ttft_visible_s) == (1.0, 2.0)


def test_reasoning_sent_under_both_names_is_taken_once() -> None:
    assert read(chunk({"reasoning": "hm", "reasoning_content": "hm"}), STOP).reasoning == "hm"


def test_inline_thinking_stays_in_the_text() -> None:
    assert read(chunk({"content": "<think>a</think>b"}), STOP).text == "<think>a</think>b"


USAGE = {"prompt_tokens": 7, "completion_tokens": 5}


@pytest.mark.parametrize(
    "chunks",
    [
        (STOP, event({"choices": [], "usage": USAGE}), DONE),
        (chunk({}, "stop", usage=USAGE),),
        (chunk({"content": "a"}, usage={"prompt_tokens": 7}), chunk({}, "stop", usage=USAGE)),
        (STOP, event({"usage": USAGE})),
        (chunk({}, "stop", usage=USAGE), event({"choices": [], "usage": None})),
    ],
    ids=["extra chunk", "last chunk", "every chunk", "no choices", "null afterwards"],
)
def test_usage_is_taken_wherever_it_stands(chunks: tuple[bytes, ...]) -> None:
    assert Usage(input_tokens=7, output_tokens=5) == read(*chunks).usage


def test_details_of_usage_are_read() -> None:
    usage = {
        **USAGE,
        "prompt_tokens_details": {"cached_tokens": 3, "cache_write_tokens": 2},
        "completion_tokens_details": {"reasoning_tokens": 2},
        "cost": 0.0125,
    }
    assert read(chunk({}, "stop", usage=usage)).usage == Usage(
        input_tokens=7,
        output_tokens=5,
        cached_input_tokens=3,
        reasoning_tokens=2,
        cache_write_tokens=2,
        reported_cost_usd=0.0125,
    )


UPSTREAM = {"cost_details": {"upstream_inference_cost": 0.5}}


@pytest.mark.parametrize(
    ("usage", "usd"),
    [
        ({"cost": 1}, 1.0),
        ({"cost": {"total_cost": 0.25, "input_tokens_cost": 0.2}}, 0.25),  # Perplexity's
        ({"cost_in_usd_ticks": 318_319_000}, 0.0318319),  # xAI's
        ({"cost_in_usd_ticks": 0}, None),
        ({"cost": 0.01, "is_byok": False, **UPSTREAM}, 0.01),
        ({"cost": 0.01, "is_byok": True, **UPSTREAM}, 0.51),  # its fee alone
        ({"cost": 0, "is_byok": True, **UPSTREAM}, 0.5),
        ({"cost": 0.01, "is_byok": True}, None),
        ({"cost": 0}, None),  # a proxy that does not know
        ({"cost": 0.0}, None),
        ({"cost": -1}, None),
        ({"cost": "1"}, None),
        ({"cost": True}, None),
        ({"cost": None}, None),
        ({"cost": {}}, None),
        ({"cost": float("inf")}, None),
        ({"cost": float("nan")}, None),
        ({"cost": 1e300}, None),
    ],
)
def test_what_a_server_charged_is_read(usage: dict[str, object], usd: float | None) -> None:
    assert usd == read(chunk({}, "stop", usage=USAGE | usage)).usage.reported_cost_usd


@pytest.mark.parametrize("value", [-1, "7", 1.5, True, None, [], {}])
def test_a_count_that_is_none_is_unknown(value: object) -> None:
    usage = {"prompt_tokens": value, "prompt_tokens_details": value}
    assert Usage() == read(chunk({}, "stop", usage=usage)).usage


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("stop", FinishReason.STOP),
        ("STOP", FinishReason.STOP),
        ("length", FinishReason.LENGTH),
        ("content_filter", FinishReason.CONTENT_FILTER),
        ("tool_calls", FinishReason.OTHER),
        ("whatever", FinishReason.OTHER),
    ],
)
def test_finish_reasons_have_one_vocabulary(raw: str, reason: FinishReason) -> None:
    assert reason is read(chunk({"content": "x"}, raw)).finish_reason


def test_a_refusal_is_an_outcome_with_its_text() -> None:
    generation = read(chunk({"refusal": "No."}), STOP)
    assert (generation.finish_reason, generation.text) == (FinishReason.REFUSAL, "No.")


def test_the_names_that_the_server_gives_are_kept() -> None:
    generation = read(chunk({}, "stop", model="m-2026", system_fingerprint="fp"))
    assert (generation.model_returned, generation.fingerprint) == ("m-2026", "fp")


def test_a_second_choice_is_no_part_of_the_sample() -> None:
    other = {"choices": [{"index": 1, "delta": {"content": "no"}, "finish_reason": "stop"}]}
    assert read(chunk({"content": "yes"}), event(other), STOP).text == "yes"


def test_a_stream_without_a_finish_reason_was_cut_short() -> None:
    failed = failure(chunk({"content": "def f("}), DONE)
    assert (failed.failure.kind, failed.retryable) == ("malformed", True)


@pytest.mark.parametrize(
    "chunks",
    [
        (),
        (b"",),
        (b"  \n",),
        (b"<html>",),
        (b"data: {oops\n\n",),
        (b"data: 7\n\n",),
        (b"data: " + b"[" * 100_000 + b"\n\n",),
        (event({"choices": "x"}),),
        (event({"choices": [7]}),),
        (b'{"choices": [{"mess',),
        (b"{}",),
        (b'{"choices": []}',),
    ],
)
def test_what_is_no_completion_is_malformed(chunks: tuple[bytes, ...]) -> None:
    failed = failure(*chunks)
    assert (failed.failure.kind, failed.retryable) == ("malformed", True)
    assert len(failed.failure.message) <= 300


def test_an_error_inside_the_stream_is_a_failure() -> None:
    failed = failure(chunk({"content": "x"}), event({"error": {"message": "overloaded"}}))
    assert failed.failure.message == "in the answer: overloaded"


def test_a_finish_reason_of_error_is_a_failure() -> None:
    assert failure(chunk({"content": "x"}, "error")).failure.kind == "server_error"


@pytest.mark.parametrize("lead", [b"", b"\n \n"])
def test_a_server_that_does_not_stream_is_read_whole(lead: bytes) -> None:
    message = {"role": "assistant", "content": "hi", "reasoning": "hm"}
    whole = json.dumps(
        {"choices": [{"message": message, "finish_reason": "stop"}], "usage": USAGE}
    ).encode()

    generation = read(lead + whole[:20], whole[20:])

    assert (
        generation.text,
        generation.reasoning,
        generation.usage.input_tokens,
    ) == ("hi", "hm", 7)
    assert (
        generation.timing.ttft_s,
        generation.timing.latency_s,
        generation.timing.chunk_times_s,
    ) == (None, 3.0, ())


def test_content_in_parts_is_joined() -> None:
    parts = [{"type": "text", "text": "a"}, {"type": "image"}, {"type": "text", "text": "b"}]
    assert read(chunk({"content": parts}), STOP).text == "ab"


def test_a_surrogate_pair_in_two_chunks_is_one_character() -> None:
    halves = [b'data: {"choices": [{"delta": {"content": "\\ud83d"}}]}\n\n']
    halves += [b'data: {"choices": [{"delta": {"content": "\\ude00"}}]}\n\n']
    assert read(*halves, STOP).text == "\U0001f600"


def test_half_a_surrogate_pair_can_be_stored() -> None:
    text = read(b'data: {"choices": [{"delta": {"content": "a\\ud83d"}}]}\n\n', STOP).text
    assert text.encode("utf-8").decode()[0] == "a"


def test_an_endless_answer_is_final() -> None:
    failed = failure(*[chunk({"content": "x" * 2**20})] * 17)
    assert (failed.failure.kind, failed.retryable) == ("malformed", False)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)
KEYS = ("choices", "delta", "message", "content", "error", "usage", "index", "finish_reason")


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


TIMINGS = {"cache_n": 8, "prompt_n": 1, "prompt_ms": 2.5, "predicted_n": 8, "predicted_ms": 40}


def test_the_servers_own_times_are_taken() -> None:
    generation = read(chunk({"content": "x"}), STOP, event({"choices": [], "timings": TIMINGS}))
    assert generation.server_timing == ServerTiming(prompt_s=0.0025, decode_s=0.04)


@pytest.mark.parametrize("wrong", ["fast", True, -1, 1e300, None, [1]])
def test_a_time_that_is_none_is_not_taken(wrong: Any) -> None:
    generation = read(STOP, event({"choices": [], "timings": {"prompt_ms": wrong}}))
    assert generation.server_timing == ServerTiming()


def test_tokens_that_the_server_did_not_count_are_estimated_and_say_so() -> None:
    pieces = [chunk({"reasoning": "hm"}), *(chunk({"content": "abc"}) for _ in range(3))]
    assert read(*pieces, STOP).usage == Usage(output_tokens=4, is_estimated=True)


def test_tokens_that_the_server_counted_are_no_estimate() -> None:
    counted = event({"choices": [], "usage": {"completion_tokens": 9}})
    assert read(chunk({"content": "abc"}), STOP, counted).usage == Usage(output_tokens=9)


def test_nothing_said_is_nothing_to_estimate() -> None:
    assert read(STOP).usage == Usage()


@pytest.mark.parametrize(
    ("said", "events", "tokens"),
    [
        ("abcd" * 10, 10, 10),  # an event per token
        ("abcd" * 10, 2, 11),  # several in one: 40 bytes / 3.5
        ("abcd" * 10, 0, 11),  # not streamed
        ("\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9", 0, 4),  # bytes, not characters
        ("a", 0, 1),
    ],
)
def test_an_estimate_counts_events_where_they_can_be_tokens(
    said: str, events: int, tokens: int
) -> None:
    assert tokens == estimated_output_tokens(said, events=events)
