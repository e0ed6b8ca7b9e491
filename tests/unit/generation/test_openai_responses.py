"""What goes to the responses API, and what is made of its events."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_llmbench.errors import ConfigError
from pytest_llmbench.generation.provider import AttemptError
from pytest_llmbench.generation.providers.event_stream import EventStream
from pytest_llmbench.generation.providers.openai_responses import (
    ResponseObject,
    check,
    request_body,
)
from pytest_llmbench.vocabulary import (
    FinishReason,
    Generation,
    Message,
    Model,
    Request,
    Sampling,
    ServerTiming,
    Usage,
)
from tests.unit.generation.bodies import failure_of, read_all


def model(**fields: Any) -> Model:
    defaults = {"name": "M", "type": "openai-responses", "model": "m", "base_url": "http://h/v1"}
    return Model(**defaults | fields)


def body(*messages: Message, **fields: Any) -> dict[str, Any]:
    asked = messages or (Message(role="user", content="hi"),)
    return request_body(Request(model=model(**fields), messages=asked, sample=0))


def event(kind: str, **fields: Any) -> bytes:
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **fields})}\n\n".encode()


def text(delta: Any) -> bytes:
    return event("response.output_text.delta", delta=delta)


def response(*items: Any, **fields: Any) -> dict[str, Any]:
    return {"status": "completed", "error": None, "output": list(items), **fields}


def message(*parts: Any) -> dict[str, Any]:
    return {"type": "message", "content": list(parts)}


def completed(*items: Any, **fields: Any) -> bytes:
    return event("response.completed", response=response(*items, **fields))


def incomplete(reason: Any) -> bytes:
    ended = response(status="incomplete", incomplete_details={"reason": reason})
    return event("response.incomplete", response=ended)


COMPLETED = completed()
SAID = message({"type": "output_text", "text": "Hello"})
USAGE = {
    "input_tokens": 7,
    "input_tokens_details": {"cached_tokens": 3, "cache_write_tokens": 1},
    "output_tokens": 5,
    "output_tokens_details": {"reasoning_tokens": 2},
}


def read(*chunks: bytes, limit: int | None = None) -> Generation:
    return read_all(EventStream(ResponseObject(limit=limit)), chunks)


def failure(*chunks: bytes) -> AttemptError:
    return failure_of(lambda: read(*chunks))


def test_settings_that_are_not_set_are_left_to_the_server_but_nothing_is_stored() -> None:
    assert body() == {
        "model": "m",
        "input": [{"role": "user", "content": "hi"}],
        "stream": True,
        "store": False,
    }


def test_settings_have_the_names_of_this_api() -> None:
    sent = body(
        system="Be brief.",
        sampling=Sampling(temperature=0.0, top_p=0.5, max_tokens=9),
        options={"effort": "low"},
    )
    assert (sent["instructions"], sent["temperature"], sent["top_p"]) == ("Be brief.", 0.0, 0.5)
    assert (sent["max_output_tokens"], sent["reasoning"]) == (9, {"effort": "low"})


def test_a_request_that_brings_a_system_text_keeps_it() -> None:
    sent = body(
        Message(role="system", content="mine"),
        Message(role="user", content="hi"),
        system="Be brief.",
    )
    assert "instructions" not in sent
    assert [item["content"] for item in sent["input"]] == ["mine", "hi"]


def test_extra_body_goes_over_settings_and_into_objects() -> None:
    sent = body(
        options={"effort": "low"}, extra_body={"reasoning": {"summary": "auto"}, "store": None}
    )
    assert sent["reasoning"] == {"effort": "low", "summary": "auto"}
    assert "store" not in sent


@pytest.mark.parametrize(
    ("key", "sampling"), [("seed", Sampling(seed=0)), ("stop", Sampling(stop=("X",)))]
)
def test_a_setting_that_this_api_lacks_is_a_configuration_error(
    key: str, sampling: Sampling
) -> None:
    with pytest.raises(ConfigError, match=rf"^models.yaml:7: model 'M': .* no `{key}`"):
        check(model(sampling=sampling, origin="models.yaml:7"))


def test_an_address_that_is_none_is_a_configuration_error() -> None:
    with pytest.raises(ConfigError, match="needs a base_url"):
        check(model(base_url=None))


def test_deltas_make_the_text_and_the_last_event_does_not_repeat_it() -> None:
    generation = read(text("Hel"), text("lo"), completed(SAID))
    assert (generation.text, generation.finish_reason) == ("Hello", FinishReason.STOP)
    assert (generation.timing.ttft_s, generation.timing.latency_s) == (1.0, 2.0)


@pytest.mark.parametrize("kind", ["reasoning_summary_text", "reasoning_text"])
def test_reasoning_is_kept_apart_and_is_a_first_token(kind: str) -> None:
    generation = read(event(f"response.{kind}.delta", delta="hm"), text("x"), COMPLETED)
    assert (generation.reasoning, generation.text) == ("hm", "x")
    assert (generation.timing.ttft_s, generation.timing.ttft_visible_s) == (1.0, 2.0)


def test_a_refusal_is_an_outcome_with_its_text() -> None:
    generation = read(event("response.refusal.delta", delta="No."), COMPLETED)
    assert (generation.finish_reason, generation.text) == (FinishReason.REFUSAL, "No.")


def test_text_that_was_not_streamed_is_taken_from_the_last_event() -> None:
    generation = read(event("response.created", response={}), completed(SAID))
    assert (generation.text, generation.timing.ttft_s) == ("Hello", None)


def test_usage_comes_with_the_last_event() -> None:
    usage = read(text("x"), completed(usage=USAGE | {"cost": 0.5})).usage
    assert usage == Usage(
        input_tokens=7,
        output_tokens=5,
        cached_input_tokens=3,
        reasoning_tokens=2,
        cache_write_tokens=1,
        reported_cost_usd=0.5,
    )


@pytest.mark.parametrize("value", [-1, "7", 1.5, True, None, [], {}])
def test_a_count_that_is_none_is_unknown(value: object) -> None:
    for usage in (value, {"input_tokens": value, "input_tokens_details": value}):
        assert Usage() == read(completed(usage=usage)).usage


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("max_output_tokens", FinishReason.LENGTH),
        ("content_filter", FinishReason.CONTENT_FILTER),
        ("whatever", FinishReason.OTHER),
        (None, FinishReason.OTHER),
        ([7], FinishReason.OTHER),
    ],
)
def test_finish_reasons_have_one_vocabulary(reason: object, expected: FinishReason) -> None:
    assert expected is read(text("x"), incomplete(reason)).finish_reason


@pytest.mark.parametrize(
    ("limit", "repeated", "expected"),
    [
        (5, {}, FinishReason.LENGTH),
        (6, {}, FinishReason.STOP),
        (None, {}, FinishReason.STOP),
        (5, {"max_output_tokens": 5}, FinishReason.STOP),
    ],
)
def test_a_server_that_calls_every_answer_complete_is_found_out(
    limit: int | None, repeated: dict[str, Any], expected: FinishReason
) -> None:
    generation = read(text("x"), completed(usage=USAGE, **repeated), limit=limit)
    assert expected is generation.finish_reason


def test_the_name_that_the_server_gives_is_kept() -> None:
    assert read(completed(SAID, model="m-2026")).model_returned == "m-2026"


@pytest.mark.parametrize(
    ("last", "kind"),
    [
        (event("error", code="server_error", message="it broke", param=None), "server_error"),
        (event("error", error={"type": "server_error", "message": "it broke"}), "server_error"),
        (
            event(
                "response.failed",
                response=response(
                    status="failed", error={"code": "rate_limit_exceeded", "message": "it broke"}
                ),
            ),
            "rate_limited",
        ),
        (b'data: {"error": {"message": "it broke"}}\n\n', "server_error"),
    ],
    ids=["flat", "nested", "failed", "of a gateway"],
)
def test_an_error_inside_the_stream_is_a_failure(last: bytes, kind: str) -> None:
    failed = failure(text("x"), last)
    assert (failed.failure.kind, failed.retryable) == (kind, True)
    assert failed.failure.message == "in the answer: it broke"


def test_a_context_that_is_full_is_an_outcome_of_the_model() -> None:
    error = {"code": "context_length_exceeded", "message": "too long"}
    generation = read(event("response.failed", response=response(status="failed", error=error)))
    assert generation.finish_reason is FinishReason.LENGTH


@pytest.mark.parametrize("status", ["failed", "cancelled", "queued", 7, None])
def test_a_response_that_did_not_end_well_is_a_failure_without_words(status: object) -> None:
    whole = json.dumps(response(SAID, status=status)).encode()
    assert failure(whole).failure.kind == "server_error"


def test_a_server_that_does_not_stream_is_read_whole() -> None:
    reasoning = {
        "type": "reasoning",
        "summary": [{"type": "summary_text", "text": "hm"}],
        "content": [{"type": "reasoning_text", "text": ", well"}],
    }
    whole = json.dumps(response(reasoning, SAID, usage=USAGE)).encode()

    generation = read(whole[:20], whole[20:])

    assert (generation.reasoning, generation.text) == ("hm, well", "Hello")
    assert generation.usage.output_tokens == 5
    assert (generation.timing.ttft_s, generation.timing.latency_s) == (None, 3.0)


def test_a_refusal_that_is_not_streamed_is_one() -> None:
    whole = json.dumps(response(message({"type": "refusal", "refusal": "No."}))).encode()
    assert (FinishReason.REFUSAL, "No.") == (read(whole).finish_reason, read(whole).text)


def test_the_answer_is_the_same_wherever_the_stream_is_cut() -> None:
    stream = text("Hel\u2028") + text("lo \U0001f600") + completed(SAID, usage=USAGE)
    stream += b"data: [DONE]\n\n"
    for at in range(1, len(stream)):
        generation = read(stream[:at], stream[at:])
        assert generation.text == "Hel\u2028lo \U0001f600"
        assert generation.usage.input_tokens == 7


def test_a_stream_without_a_last_event_was_cut_short() -> None:
    failed = failure(text("def f("), b"data: [DONE]\n\n")
    assert (failed.failure.kind, failed.retryable) == ("malformed", True)


@pytest.mark.parametrize(
    "chunks",
    [(), (b"<html>",), (b"data: {oops\n\n",), (b"data: 7\n\n",), (b"{}",), (b'{"output": 7}',)],
)
def test_what_is_no_response_is_malformed(chunks: tuple[bytes, ...]) -> None:
    failed = failure(*chunks)
    assert (failed.failure.kind, failed.retryable) == ("malformed", True)


@pytest.mark.parametrize("delta", [None, 7, [], {"text": "x"}, ""])
def test_a_delta_that_is_no_text_is_passed_over(delta: object) -> None:
    generation = read(text(delta), text("x"), COMPLETED)
    assert (generation.text, generation.timing.chunk_times_s) == ("x", (2.0,))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)
KEYS = ("type", "delta", "response", "output", "content", "summary", "error", "status", "usage")
TYPES = st.sampled_from(
    ["response.completed", "response.failed", "error", "message", "output_text", "refusal"]
)


@given(
    st.recursive(
        JSON | TYPES,
        lambda inner: (
            st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4)
        ),
        max_leaves=8,
    ),
    st.booleans(),
)
def test_no_json_is_worse_than_a_failed_attempt(value: Any, is_streamed: bool) -> None:
    data = json.dumps(value).encode()
    try:
        read(b"data: " + data + b"\n\n" if is_streamed else data, COMPLETED)
    except AttemptError as error:
        assert len(error.failure.message) <= 300  # noqa: PT017 - either way is fine


def test_llama_servers_own_times_are_taken() -> None:
    whole = response(message({"type": "output_text", "text": "x"}))
    timings = {"prompt_ms": 3, "predicted_ms": 250}
    generation = read(event("response.completed", response=whole, timings=timings))
    assert generation.server_timing == ServerTiming(prompt_s=0.003, decode_s=0.25)
