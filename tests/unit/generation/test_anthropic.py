"""Anthropic's messages: what is asked, and one message out of its events."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_llmbench.errors import ConfigError
from pytest_llmbench.generation.provider import AttemptError
from pytest_llmbench.generation.providers.anthropic import (
    DEFAULT_MAX_TOKENS,
    check,
    request_body,
)
from pytest_llmbench.generation.providers.anthropic_message import AnthropicMessage
from pytest_llmbench.generation.providers.event_stream import EventStream
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


def model(**fields: Any) -> Model:
    return Model(
        **{"name": "M", "type": "anthropic", "model": "m", "base_url": "http://h"} | fields
    )


def body(*messages: Message, sample: int = 0, **fields: Any) -> dict[str, Any]:
    asked = messages or (Message(role="user", content="hi"),)
    return request_body(Request(model=model(**fields), messages=asked, sample=sample))


def event(kind: str, **fields: Any) -> bytes:
    data = json.dumps({"type": kind, **fields}, ensure_ascii=False)
    return f"event: {kind}\ndata: {data}\n\n".encode()


def start(**fields: Any) -> bytes:
    message: dict[str, Any] = {
        "type": "message",
        "role": "assistant",
        "content": [],
        "stop_reason": None,
    }
    return event("message_start", message=message | fields)


def delta(kind: str, **fields: Any) -> bytes:
    return event("content_block_delta", index=0, delta={"type": kind, **fields})


def text(piece: str) -> bytes:
    return delta("text_delta", text=piece)


def thinking(piece: str) -> bytes:
    return delta("thinking_delta", thinking=piece)


def end(reason: str | None = "end_turn", **usage: Any) -> bytes:
    return event("message_delta", delta={"stop_reason": reason}, usage=usage)


PING = event("ping")
STOP = end()
DONE = event("message_stop")


def read(*chunks: bytes) -> Generation:
    return read_all(EventStream(AnthropicMessage()), chunks)


def failure(*chunks: bytes) -> AttemptError:
    return failure_of(lambda: read(*chunks))


def test_settings_that_are_not_set_are_left_to_the_server() -> None:
    assert body() == {
        "model": "m",
        "messages": [{"role": "user", "content": "hi"}],
        "stream": True,
        "max_tokens": DEFAULT_MAX_TOKENS,
    }


def test_settings_that_are_zero_are_sent() -> None:
    sent = body(sampling=Sampling(temperature=0.0, top_p=0.5, max_tokens=9, stop=("X",)))
    assert (sent["temperature"], sent["top_p"], sent["max_tokens"], sent["stop_sequences"]) == (
        0.0,
        0.5,
        9,
        ["X"],
    )


def test_there_is_no_seed_on_the_wire() -> None:
    assert body(sample=3, sampling=Sampling(seed=4)) == body()


def test_the_system_prompt_is_a_field_of_its_own() -> None:
    sent = body(system="Be brief.")
    assert (sent["system"], [item["role"] for item in sent["messages"]]) == ("Be brief.", ["user"])


def test_a_system_prompt_of_the_request_goes_over_the_models() -> None:
    system, user = Message(role="system", content="mine"), Message(role="user", content="hi")
    sent = body(system, user, system="Be brief.")
    assert (sent["system"], len(sent["messages"])) == ("mine", 1)


def test_a_conversation_keeps_its_roles() -> None:
    turns = [Message(role=role, content=role) for role in ("user", "assistant", "user")]
    assert [item["role"] for item in body(*turns)["messages"]] == ["user", "assistant", "user"]


def test_effort_is_a_setting_of_the_output() -> None:
    assert body(options={"effort": "low"})["output_config"] == {"effort": "low"}


def test_a_budget_for_thinking_comes_on_top_of_the_default() -> None:
    sent = body(options={"thinking_tokens": 2000})
    assert sent["thinking"] == {"type": "enabled", "budget_tokens": 2000}
    assert sent["max_tokens"] == DEFAULT_MAX_TOKENS + 2000


def test_a_limit_that_is_set_stays_with_a_budget_for_thinking() -> None:
    sent = body(options={"thinking_tokens": 2000}, sampling=Sampling(max_tokens=3000))
    assert sent["max_tokens"] == 3000


def test_no_tokens_for_thinking_switches_it_off() -> None:
    assert body(options={"thinking_tokens": 0})["thinking"] == {"type": "disabled"}


def test_extra_body_has_the_last_word_and_null_removes() -> None:
    sent = body(
        sampling=Sampling(temperature=0.2),
        extra_body={"temperature": None, "max_tokens": 7, "thinking": {"type": "adaptive"}},
    )
    assert "temperature" not in sent
    assert (sent["max_tokens"], sent["thinking"]) == (7, {"type": "adaptive"})


def test_extra_body_keeps_what_stands_beside_it() -> None:
    sent = body(options={"effort": "low"}, extra_body={"output_config": {"task_budget": 5}})
    assert sent["output_config"] == {"effort": "low", "task_budget": 5}


def test_an_address_that_is_none_is_a_configuration_error() -> None:
    with pytest.raises(ConfigError, match=r"^models.yaml:7: model 'M' needs a base_url"):
        check(model(base_url="localhost:8000", origin="models.yaml:7"))


STREAM = b"".join(
    [
        start(model="claude-x", usage={"input_tokens": 7, "output_tokens": 1}),
        event("content_block_start", index=0, content_block={"type": "thinking", "thinking": ""}),
        PING,
        thinking("Let me "),
        thinking("think."),
        delta("signature_delta", signature="c2ln"),
        event("content_block_stop", index=0),
        event("content_block_start", index=1, content_block={"type": "text", "text": ""}),
        text("h\u00e9\u2028"),
        text("\U0001f600 llo"),
        event("content_block_stop", index=1),
        end("end_turn", output_tokens=12),
        DONE,
    ]
)


def is_all_of_the_stream(generation: Generation) -> bool:
    return (
        generation.text,
        generation.reasoning,
        generation.finish_reason,
        generation.model_returned,
        generation.usage,
    ) == (
        "h\u00e9\u2028\U0001f600 llo",
        "Let me think.",
        FinishReason.STOP,
        "claude-x",
        Usage(input_tokens=7, output_tokens=12),
    )


def test_a_stream_may_be_cut_anywhere() -> None:
    for at in range(len(STREAM)):
        assert is_all_of_the_stream(read(STREAM[:at], STREAM[at:])), at


def test_a_stream_may_come_byte_by_byte() -> None:
    assert is_all_of_the_stream(read(*(STREAM[at : at + 1] for at in range(len(STREAM)))))


@pytest.mark.parametrize("newline", [b"\r\n", b"\r"])
def test_a_stream_may_have_any_newlines(newline: bytes) -> None:
    assert is_all_of_the_stream(read(STREAM.replace(b"\n", newline)))


@given(st.lists(st.integers(0, len(STREAM))))
def test_a_stream_may_come_in_any_pieces(cuts: list[int]) -> None:
    at = [0, *sorted(cuts), len(STREAM)]
    pieces = [STREAM[begin:stop] for begin, stop in pairwise(at)]
    assert is_all_of_the_stream(read(*pieces))


def test_an_event_without_text_is_no_token() -> None:
    begun = event("content_block_start", index=0, content_block={"type": "text", "text": ""})
    timing = read(start(), begun, PING, thinking("hm"), text("x"), text("y"), STOP, DONE).timing
    assert (
        timing.ttft_s,
        timing.ttft_visible_s,
        timing.latency_s,
        timing.chunk_times_s,
    ) == (4.0, 5.0, 6.0, (4.0, 5.0, 6.0))


def test_text_that_a_block_begins_with_counts() -> None:
    begun = event("content_block_start", index=0, content_block={"type": "text", "text": "He"})
    assert read(start(), begun, text("llo"), STOP).text == "Hello"


def test_thinking_that_is_encrypted_is_left_out() -> None:
    block = {"type": "redacted_thinking", "data": "abc", "text": "no", "thinking": "no"}
    generation = read(start(), event("content_block_start", content_block=block), text("x"), STOP)
    assert (generation.reasoning, generation.text) == ("", "x")


def test_events_that_are_not_known_are_ignored() -> None:
    news = event("novelty", delta={"type": "text_delta", "text": "no"})
    other = delta("input_json_delta", partial_json="{", text="no")
    assert read(start(), news, other, text("yes"), STOP, DONE).text == "yes"


def test_what_comes_after_the_last_event_is_no_part_of_the_message() -> None:
    response = EventStream(AnthropicMessage())
    response.feed(start() + text("x") + STOP, 1.0)
    assert (response.is_finished, response.is_done) == (True, False)
    response.feed(DONE + text("y"), 2.0)
    assert response.is_done
    assert response.generation().text == "x"


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("end_turn", FinishReason.STOP),
        ("stop_sequence", FinishReason.STOP),
        ("max_tokens", FinishReason.LENGTH),
        ("model_context_window_exceeded", FinishReason.LENGTH),
        ("refusal", FinishReason.REFUSAL),
        ("tool_use", FinishReason.OTHER),
        ("pause_turn", FinishReason.OTHER),
        ("whatever", FinishReason.OTHER),
    ],
)
def test_finish_reasons_have_one_vocabulary(raw: str, reason: FinishReason) -> None:
    assert reason is read(start(), text("x"), end(raw)).finish_reason


def test_input_from_a_cache_is_part_of_the_input() -> None:
    first = {
        "input_tokens": 5,
        "cache_read_input_tokens": 100,
        "cache_creation_input_tokens": 20,
        "cache_creation": {"ephemeral_5m_input_tokens": 15, "ephemeral_1h_input_tokens": 5},
        "output_tokens": 1,
    }
    usage = read(
        start(usage=first),
        end("end_turn", output_tokens=30, output_tokens_details={"thinking_tokens": 10}),
    ).usage
    assert usage == Usage(
        input_tokens=125,
        output_tokens=30,
        cached_input_tokens=100,
        reasoning_tokens=10,
        cache_write_tokens=20,
        cache_write_1h_tokens=5,
    )


def test_usage_at_the_end_goes_over_that_of_the_beginning() -> None:
    first = start(usage={"input_tokens": 5, "cache_read_input_tokens": 3, "output_tokens": 1})
    last = end("end_turn", input_tokens=6, cache_read_input_tokens=None, output_tokens=9)
    assert Usage(input_tokens=9, output_tokens=9, cached_input_tokens=3) == read(first, last).usage


@pytest.mark.parametrize("value", [-1, "7", 1.5, True, None, [], {}])
def test_a_count_that_is_none_is_unknown(value: object) -> None:
    usage = {"input_tokens": value, "output_tokens": value, "output_tokens_details": value}
    assert Usage() == read(start(usage=usage), STOP).usage


def test_a_server_that_does_not_stream_is_read_whole() -> None:
    content = [
        {"type": "thinking", "thinking": "hm", "signature": "s"},
        {"type": "redacted_thinking", "data": "d"},
        {"type": "text", "text": "h"},
        {"type": "text", "text": "i"},
    ]
    usage = {"input_tokens": 7, "cache_read_input_tokens": 1, "output_tokens": 3}
    whole = json.dumps(
        {"type": "message", "model": "c", "content": content, "stop_reason": "max_tokens"}
        | {"usage": usage}
    ).encode()

    generation = read(whole[:20], whole[20:])

    assert (generation.text, generation.reasoning) == ("hi", "hm")
    assert generation.finish_reason is FinishReason.LENGTH
    assert generation.model_returned == "c"
    assert Usage(input_tokens=8, output_tokens=3, cached_input_tokens=1) == generation.usage
    assert (
        generation.timing.ttft_s,
        generation.timing.latency_s,
        generation.timing.chunk_times_s,
    ) == (None, 3.0, ())


@pytest.mark.parametrize(
    ("kind", "failed_as", "retryable"),
    [
        ("overloaded_error", "server_error", True),
        ("api_error", "server_error", True),
        ("rate_limit_error", "rate_limited", True),
        ("timeout_error", "timeout", True),
        ("authentication_error", "auth", False),
        ("permission_error", "auth", False),
        ("not_found_error", "not_found", False),
        ("invalid_request_error", "bad_request", False),
    ],
)
@pytest.mark.parametrize("is_streamed", [True, False])
def test_an_error_under_status_200_is_a_failure(
    kind: str, failed_as: str, retryable: bool, is_streamed: bool
) -> None:
    error = {"type": kind, "message": "Overloaded"}
    chunks = [start(), text("x"), event("error", error=error)]
    whole = [json.dumps({"type": "error", "error": error}).encode()]
    failed = failure(*(chunks if is_streamed else whole))
    assert (failed.failure.kind, failed.retryable) == (failed_as, retryable)
    assert failed.failure.message == "in the answer: Overloaded"


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ("prompt is too long: 210000 tokens > 200000 maximum", FinishReason.LENGTH),
        ("Output blocked by content filtering policy", FinishReason.CONTENT_FILTER),
    ],
)
def test_an_error_that_is_the_models_is_an_outcome(message: str, reason: FinishReason) -> None:
    error = {"details": None, "type": "invalid_request_error", "message": message}
    assert reason is read(start(), text("x"), event("error", error=error)).finish_reason
    assert reason is read(json.dumps({"type": "error", "error": error}).encode()).finish_reason


def test_a_stream_without_a_stop_reason_was_cut_short() -> None:
    failed = failure(start(), text("def f("), end(None), DONE)
    assert (failed.failure.kind, failed.retryable) == ("malformed", True)


@pytest.mark.parametrize(
    "chunks",
    [
        (),
        (b"  \n",),
        (b"<html>",),
        (b"data: {oops\n\n",),
        (b"data: 7\n\n",),
        (b"data: []\n\n",),
        (b"data: " + b"[" * 100_000 + b"\n\n",),
        (event("message_start", message=7),),
        (event("message_start", message={"usage": 7, "model": 7}),),
        (event("content_block_start", content_block=[]),),
        (event("content_block_delta", delta="x"),),
        (delta("text_delta", text={"a": 1}),),
        (event("message_delta", delta=[], usage=[]),),
        (event("message_delta", delta={"stop_reason": ["end_turn"]}),),
        (b'data: {"type": ["text"]}\n\n',),
        (b'data: {"type": {}, "delta": 1}\n\n',),
        (b"[]",),
        (b"{}",),
        (b'{"content": "x", "stop_reason": "end_turn"}',),
        (b'{"content": [7, {"type": []}, {"type": "text", "text": 7}], "stop_reason": 7}',),
        (b'{"content": [{"ty',),
    ],
)
def test_what_is_no_message_is_malformed(chunks: tuple[bytes, ...]) -> None:
    failed = failure(*chunks)
    assert (failed.failure.kind, failed.retryable) == ("malformed", True)
    assert len(failed.failure.message) <= 300


def test_an_endless_answer_is_final() -> None:
    failed = failure(start(), *[text("x" * 2**20)] * 17)
    assert (failed.failure.kind, failed.retryable) == ("malformed", False)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)
KEYS = (
    *("type", "message", "content_block", "delta", "text", "thinking", "content", "usage"),
    *("error", "stop_reason", "model", "input_tokens", "output_tokens_details"),
)
KINDS = (
    *("message_start", "content_block_start", "content_block_delta", "message_delta"),
    *("message_stop", "text", "text_delta", "thinking_delta", "error", "end_turn"),
)


@given(
    st.recursive(
        JSON | st.sampled_from(KINDS),
        lambda inner: (
            st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4)
        ),
        max_leaves=8,
    ),
    st.sampled_from((None, *KINDS)),
    st.booleans(),
)
def test_no_json_is_worse_than_a_failed_attempt(
    value: Any, kind: str | None, is_streamed: bool
) -> None:
    if kind and isinstance(value, dict):
        value = value | {"type": kind}
    raw = json.dumps(value).encode()
    try:
        read(b"data: " + raw + b"\n\n" if is_streamed else raw, STOP)
    except AttemptError as error:
        assert len(error.failure.message) <= 300  # noqa: PT017 - either way is fine
