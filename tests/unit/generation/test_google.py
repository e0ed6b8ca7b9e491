"""Gemini's API: what is asked, and one content out of its chunks."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_llmbench.errors import ConfigError
from pytest_llmbench.generation.provider import AttemptError
from pytest_llmbench.generation.providers.event_stream import EventStream
from pytest_llmbench.generation.providers.gemini_content import GeminiContent
from pytest_llmbench.generation.providers.google import check, request_body
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
    return Model(**{"name": "M", "type": "google", "model": "m", "base_url": "http://h"} | fields)


def body(*messages: Message, sample: int = 0, **fields: Any) -> dict[str, Any]:
    asked = messages or (Message(role="user", content="hi"),)
    return request_body(Request(model=model(**fields), messages=asked, sample=sample))


def config(sample: int = 0, **fields: Any) -> Any:
    return body(sample=sample, **fields)["generationConfig"]


def event(value: Any) -> bytes:
    # The API ends its lines with both characters.
    return b"data: " + json.dumps(value, ensure_ascii=False).encode() + b"\r\n\r\n"


def response(*parts: Any, finish: str | None = None, **more: Any) -> dict[str, Any]:
    candidate: dict[str, Any] = {"content": {"parts": list(parts), "role": "model"}, "index": 0}
    if finish:
        candidate["finishReason"] = finish
    return {"candidates": [candidate], **more}


def text(piece: str) -> dict[str, Any]:
    return {"text": piece}


def thought(piece: str) -> dict[str, Any]:
    return {"text": piece, "thought": True}


def chunk(*parts: Any, finish: str | None = None, **more: Any) -> bytes:
    return event(response(*parts, finish=finish, **more))


STOP = chunk(finish="STOP")


def read(*chunks: bytes) -> Generation:
    return read_all(EventStream(GeminiContent()), chunks)


def failure(*chunks: bytes) -> AttemptError:
    return failure_of(lambda: read(*chunks))


def test_settings_that_are_not_set_are_left_to_the_server() -> None:
    assert body() == {"contents": [{"role": "user", "parts": [{"text": "hi"}]}]}


def test_settings_that_are_zero_are_sent() -> None:
    sampling = Sampling(temperature=0.0, top_p=0.5, seed=0, max_tokens=9, stop=("X",))
    assert config(sampling=sampling) == {
        "temperature": 0.0,
        "topP": 0.5,
        "seed": 0,
        "maxOutputTokens": 9,
        "stopSequences": ["X"],
    }


def test_each_sample_has_its_own_seed() -> None:
    assert [config(k, sampling=Sampling(seed=40))["seed"] for k in (0, 3)] == [40, 43]


def test_the_system_prompt_is_a_field_of_its_own() -> None:
    sent = body(system="Be brief.")
    assert sent["systemInstruction"] == {"parts": [{"text": "Be brief."}]}
    assert len(sent["contents"]) == 1


def test_a_system_prompt_of_the_request_goes_over_the_models() -> None:
    system, user = Message(role="system", content="mine"), Message(role="user", content="hi")
    sent = body(system, user, system="Be brief.")
    assert sent["systemInstruction"] == {"parts": [{"text": "mine"}]}
    assert [item["role"] for item in sent["contents"]] == ["user"]


def test_what_the_model_said_has_its_own_role() -> None:
    turns = [Message(role=role, content=role) for role in ("user", "assistant", "user")]
    assert [item["role"] for item in body(*turns)["contents"]] == ["user", "model", "user"]


@pytest.mark.parametrize(
    ("options", "thinking"),
    [
        ({"effort": "low"}, {"thinkingLevel": "LOW", "includeThoughts": True}),
        ({"thinking_tokens": 512}, {"thinkingBudget": 512, "includeThoughts": True}),
        ({"thinking_tokens": 0}, {"thinkingBudget": 0}),
    ],
)
def test_thinking_is_shown_unless_it_is_switched_off(
    options: dict[str, Any], thinking: dict[str, Any]
) -> None:
    assert config(options=options) == {"thinkingConfig": thinking}


def test_extra_body_has_the_last_word_and_null_removes() -> None:
    sent = body(
        sampling=Sampling(temperature=0.2, max_tokens=9),
        extra_body={"generationConfig": {"temperature": None, "topK": 1}, "safetySettings": []},
    )
    assert sent["generationConfig"] == {"maxOutputTokens": 9, "topK": 1}
    assert sent["safetySettings"] == []


def test_extra_body_may_remove_an_object() -> None:
    sent = body(sampling=Sampling(temperature=0.2), extra_body={"generationConfig": None})
    assert "generationConfig" not in sent


def test_an_address_that_is_none_is_a_configuration_error() -> None:
    with pytest.raises(ConfigError, match=r"^models.yaml:7: model 'M' needs a base_url"):
        check(model(base_url="localhost:8000", origin="models.yaml:7"))


COUNTED = {"promptTokenCount": 7, "candidatesTokenCount": 5, "thoughtsTokenCount": 4}
STREAM = b"".join(
    [
        chunk(thought("Let me "), usageMetadata={"promptTokenCount": 7}, modelVersion="gem-1"),
        chunk(thought("think."), text("h\u00e9\u2028")),
        chunk(text("\U0001f600 llo")),
        chunk(text(""), finish="STOP", usageMetadata=COUNTED, modelVersion="gem-1"),
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
        "gem-1",
        Usage(input_tokens=7, output_tokens=9, reasoning_tokens=4),
    )


def test_a_stream_may_be_cut_anywhere() -> None:
    for at in range(len(STREAM)):
        assert is_all_of_the_stream(read(STREAM[:at], STREAM[at:])), at


def test_a_stream_may_come_byte_by_byte() -> None:
    assert is_all_of_the_stream(read(*(STREAM[at : at + 1] for at in range(len(STREAM)))))


@given(st.lists(st.integers(0, len(STREAM))))
def test_a_stream_may_come_in_any_pieces(cuts: list[int]) -> None:
    at = [0, *sorted(cuts), len(STREAM)]
    pieces = [STREAM[begin:stop] for begin, stop in pairwise(at)]
    assert is_all_of_the_stream(read(*pieces))


def test_a_chunk_without_text_is_no_token() -> None:
    timing = read(chunk(), chunk(thought("hm")), chunk(text("x")), chunk(text("y")), STOP).timing
    assert (
        timing.ttft_s,
        timing.ttft_visible_s,
        timing.latency_s,
        timing.chunk_times_s,
    ) == (2.0, 3.0, 4.0, (2.0, 3.0, 4.0))


def test_parts_that_are_no_text_are_ignored() -> None:
    call = {"functionCall": {"name": "f"}}
    code = {"executableCode": {"code": "x"}}
    assert read(chunk(call, text("a"), code, text("b")), STOP).text == "ab"


def test_a_second_candidate_is_no_part_of_the_sample() -> None:
    other = {"index": 1, "content": {"parts": [text("no")]}, "finishReason": "STOP"}
    assert read(chunk(text("yes")), event({"candidates": [other]}), STOP).text == "yes"


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("STOP", FinishReason.STOP),
        ("MAX_TOKENS", FinishReason.LENGTH),
        ("SAFETY", FinishReason.CONTENT_FILTER),
        ("RECITATION", FinishReason.CONTENT_FILTER),
        ("PROHIBITED_CONTENT", FinishReason.CONTENT_FILTER),
        ("BLOCKLIST", FinishReason.CONTENT_FILTER),
        ("SPII", FinishReason.CONTENT_FILTER),
        ("MALFORMED_RESPONSE", FinishReason.OTHER),
        ("LANGUAGE", FinishReason.OTHER),
        ("WHATEVER", FinishReason.OTHER),
    ],
)
def test_finish_reasons_have_one_vocabulary(raw: str, reason: FinishReason) -> None:
    assert reason is read(chunk(text("x"), finish=raw)).finish_reason


@pytest.mark.parametrize("is_streamed", [True, False])
def test_a_prompt_that_is_blocked_is_an_outcome(is_streamed: bool) -> None:
    blocked = {
        "promptFeedback": {"blockReason": "PROHIBITED_CONTENT"},
        "usageMetadata": {"promptTokenCount": 7},
    }
    generation = read(event(blocked) if is_streamed else json.dumps(blocked).encode())
    assert (generation.finish_reason, generation.text) == (FinishReason.CONTENT_FILTER, "")
    assert Usage(input_tokens=7) == generation.usage


def test_feedback_beside_an_answer_blocks_nothing() -> None:
    rated = chunk(text("x"), promptFeedback={"blockReason": "OTHER"})
    assert read(rated, STOP).finish_reason is FinishReason.STOP


def test_input_from_a_cache_is_part_of_the_input() -> None:
    usage = {"promptTokenCount": 107, "cachedContentTokenCount": 100, "candidatesTokenCount": 5}
    assert (
        Usage(input_tokens=107, output_tokens=5, cached_input_tokens=100)
        == read(chunk(finish="STOP", usageMetadata=usage)).usage
    )


def test_thoughts_are_part_of_the_output() -> None:
    usage = read(chunk(finish="MAX_TOKENS", usageMetadata={"thoughtsTokenCount": 8})).usage
    assert Usage(output_tokens=8, reasoning_tokens=8) == usage


def test_usage_of_the_last_chunk_wins() -> None:
    first = chunk(text("x"), usageMetadata={"promptTokenCount": 7, "candidatesTokenCount": 1})
    last = chunk(finish="STOP", usageMetadata={"promptTokenCount": 7, "candidatesTokenCount": 3})
    assert Usage(input_tokens=7, output_tokens=3) == read(first, last).usage


def test_usage_may_come_after_the_finish_reason() -> None:
    assert read(STOP, event({"usageMetadata": COUNTED})).usage.output_tokens == 9


@pytest.mark.parametrize("value", [-1, "7", 1.5, True, None, [], {}])
def test_a_count_that_is_none_is_unknown(value: object) -> None:
    usage = dict.fromkeys((*COUNTED, "cachedContentTokenCount"), value)
    assert Usage() == read(chunk(finish="STOP", usageMetadata=usage)).usage


@pytest.mark.parametrize("is_list", [True, False])
def test_a_server_that_does_not_stream_is_read_whole(is_list: bool) -> None:
    first = response(thought("hm"), text("h"), modelVersion="g")
    last = response(text("i"), finish="STOP", usageMetadata=COUNTED, modelVersion="g")
    both = response(thought("hm"), text("h"), text("i"), finish="STOP", usageMetadata=COUNTED)
    whole = json.dumps([first, last] if is_list else both | {"modelVersion": "g"}).encode()

    generation = read(b"\n" + whole[:20], whole[20:])

    assert (generation.text, generation.reasoning) == ("hi", "hm")
    assert (generation.model_returned, generation.finish_reason) == ("g", FinishReason.STOP)
    assert generation.usage.output_tokens == 9
    assert (
        generation.timing.ttft_s,
        generation.timing.latency_s,
        generation.timing.chunk_times_s,
    ) == (None, 3.0, ())


@pytest.mark.parametrize(
    ("code", "status", "kind", "retryable"),
    [
        (503, "UNAVAILABLE", "server_error", True),
        (500, "INTERNAL", "server_error", True),
        (503, "RESOURCE_EXHAUSTED", "rate_limited", True),
        (429, "RESOURCE_EXHAUSTED", "rate_limited", True),
        (403, "PERMISSION_DENIED", "auth", False),
        (404, "NOT_FOUND", "not_found", False),
        (400, "INVALID_ARGUMENT", "bad_request", False),
    ],
)
@pytest.mark.parametrize("is_listed", [True, False])
@pytest.mark.parametrize("is_streamed", [True, False])
def test_an_error_under_status_200_is_a_failure(
    code: int, status: str, kind: str, retryable: bool, is_listed: bool, is_streamed: bool
) -> None:
    error: Any = {"error": {"code": code, "message": "Busy.", "status": status}}
    sent = [error] if is_listed else error
    chunks = [chunk(text("x")), event(sent)] if is_streamed else [json.dumps(sent).encode()]
    failed = failure(*chunks)
    assert (failed.failure.kind, failed.retryable) == (kind, retryable)
    assert failed.failure.message == "in the answer: Busy."


def test_a_prompt_that_is_too_long_is_an_outcome() -> None:
    said = "The input token count (1200293) exceeds the maximum number of tokens allowed (1048576)."
    error = {"error": {"code": 400, "message": said, "status": "INVALID_ARGUMENT"}}
    assert read(event(error)).finish_reason is FinishReason.LENGTH


def test_a_stream_without_a_finish_reason_was_cut_short() -> None:
    failed = failure(chunk(text("def f(")))
    assert (failed.failure.kind, failed.retryable) == ("malformed", True)


@pytest.mark.parametrize(
    "chunks",
    [
        (),
        (b"  \n",),
        (b"<html>",),
        (b"data: {oops\n\n",),
        (b"data: 7\n\n",),
        (b"data: [7]\n\n",),
        (b"data: " + b"[" * 100_000 + b"\n\n",),
        (event({"candidates": "x"}),),
        (event({"candidates": [7]}),),
        (event({"candidates": {"index": 0}}),),
        (event({"candidates": [{"content": 7}]}),),
        (event({"candidates": [{"content": {"parts": {"text": "x"}}}]}),),
        (event({"candidates": [{"content": {"parts": [7, {"text": 7}]}, "index": "0"}]}),),
        (event({"candidates": [{"finishReason": ["STOP"]}]}),),
        (event({"promptFeedback": "SAFETY"}),),
        (event({"usageMetadata": 7, "modelVersion": 7}),),
        (b"[]",),
        (b"{}",),
        (b'[{"candidates": [{"con',),
    ],
)
def test_what_is_no_content_is_malformed(chunks: tuple[bytes, ...]) -> None:
    failed = failure(*chunks)
    assert (failed.failure.kind, failed.retryable) == ("malformed", True)
    assert len(failed.failure.message) <= 300


def test_an_endless_answer_is_final() -> None:
    failed = failure(*[chunk(text("x" * 2**20))] * 17)
    assert (failed.failure.kind, failed.retryable) == ("malformed", False)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)
KEYS = (
    *("candidates", "content", "parts", "text", "thought", "index", "finishReason", "error"),
    *("promptFeedback", "blockReason", "usageMetadata", "modelVersion", "details", "retryDelay"),
)


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
