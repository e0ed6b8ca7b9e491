"""What goes to Ollama, and what is made of its lines."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_llmbench.generation.provider import AttemptError
from pytest_llmbench.generation.providers.json_lines import JsonLines
from pytest_llmbench.generation.providers.ollama import ChatLines, request_body
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


def body(*messages: Message, sample: int = 0, **fields: Any) -> dict[str, Any]:
    model = Model(name="M", type="ollama", model="m", base_url="http://h:11434", **fields)
    asked = messages or (Message(role="user", content="hi"),)
    return request_body(Request(model=model, messages=asked, sample=sample))


def line(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n"


def said(content: Any, **more: Any) -> bytes:
    message = {"role": "assistant", "content": content, **more}
    return line({"model": "m", "message": message, "done": False})


def last(reason: Any = "stop", **more: Any) -> bytes:
    message = {"role": "assistant", "content": ""}
    return line({"model": "m", "message": message, "done": True, "done_reason": reason, **more})


def read(*chunks: bytes) -> Generation:
    return read_all(JsonLines(ChatLines()), chunks, "application/x-ndjson")


def failure(*chunks: bytes) -> AttemptError:
    return failure_of(lambda: read(*chunks))


def test_settings_that_are_not_set_are_left_to_the_server() -> None:
    assert body() == {
        "model": "m",
        "messages": [{"role": "user", "content": "hi"}],
        "stream": True,
    }


def test_settings_stand_in_options_under_their_names_here() -> None:
    sampling = Sampling(temperature=0.0, top_p=0.5, seed=40, max_tokens=9, stop=("X",))
    sent = body(sample=3, sampling=sampling)
    assert sent["options"] == {
        "temperature": 0.0,
        "top_p": 0.5,
        "seed": 43,
        "num_predict": 9,
        "stop": ["X"],
    }


@pytest.mark.parametrize(
    ("effort", "think"), [("on", True), ("off", False), ("high", "high"), ("low", "low")]
)
def test_effort_is_a_switch_or_a_level(effort: str, think: object) -> None:
    assert body(options={"effort": effort})["think"] is think


def test_the_system_prompt_comes_first() -> None:
    assert [item["role"] for item in body(system="Be brief.")["messages"]] == ["system", "user"]


def test_extra_body_goes_into_options_key_by_key() -> None:
    sent = body(
        sampling=Sampling(temperature=0.5, top_p=0.9),
        extra_body={"options": {"num_ctx": 8192, "top_p": None}, "keep_alive": -1},
    )
    assert sent["options"] == {"temperature": 0.5, "num_ctx": 8192}
    assert sent["keep_alive"] == -1


def test_lines_make_the_text() -> None:
    generation = read(said(""), said("Hel"), said("lo"), last())
    assert (generation.text, generation.finish_reason) == ("Hello", FinishReason.STOP)
    timing = generation.timing
    assert (timing.ttft_s, timing.latency_s, timing.chunk_times_s) == (2.0, 3.0, (2.0, 3.0))
    assert generation.model_returned == "m"


def test_thinking_is_kept_apart_and_is_a_first_token() -> None:
    generation = read(said("", thinking="hm"), said("x"), last())
    assert (generation.reasoning, generation.text) == ("hm", "x")
    assert (generation.timing.ttft_s, generation.timing.ttft_visible_s) == (1.0, 2.0)


def test_the_last_line_has_the_counts() -> None:
    usage = read(said("x"), last(prompt_eval_count=7, eval_count=5)).usage
    assert Usage(input_tokens=7, output_tokens=5) == usage


@pytest.mark.parametrize("value", [-1, "7", 1.5, True, None, [], {}])
def test_a_count_that_is_none_is_unknown(value: object) -> None:
    assert Usage() == read(last(prompt_eval_count=value, eval_count=value)).usage


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("stop", FinishReason.STOP),
        ("length", FinishReason.LENGTH),
        ("load", FinishReason.OTHER),
        ("unload", FinishReason.OTHER),
        ([7], FinishReason.OTHER),
        (None, FinishReason.STOP),
    ],
)
def test_finish_reasons_have_one_vocabulary(raw: object, reason: FinishReason) -> None:
    assert reason is read(said("x"), last(raw)).finish_reason


def test_an_answer_that_is_not_streamed_has_no_times_of_tokens() -> None:
    message = {"role": "assistant", "content": "Hello", "thinking": "hm"}
    whole = line({"message": message, "done": True, "done_reason": "stop", "eval_count": 5})

    generation = read(whole[:20], whole[20:-1])

    assert (generation.text, generation.reasoning) == ("Hello", "hm")
    assert generation.usage.output_tokens == 5
    assert (generation.timing.ttft_s, generation.timing.latency_s) == (None, 3.0)


def test_what_follows_the_last_line_is_passed_over() -> None:
    assert read(said("x"), last(), said("y"), b"oops\n").text == "x"


def test_the_answer_is_the_same_wherever_the_stream_is_cut() -> None:
    stream = said("a\u2028\u0085\r\n", thinking="\u2029") + b"\r\n" + said("\U0001f600")
    stream += last(eval_count=5)
    for at in range(1, len(stream)):
        generation = read(stream[:at], stream[at:])
        assert (generation.text, generation.reasoning) == (
            "a\u2028\u0085\r\n\U0001f600",
            "\u2029",
        )
        assert generation.usage.output_tokens == 5


def test_the_last_line_needs_no_newline() -> None:
    assert read(said("x"), last()[:-1]).text == "x"


@pytest.mark.parametrize("error", ["it broke", {"message": "it broke"}])
def test_an_error_inside_the_stream_is_a_failure(error: object) -> None:
    failed = failure(said("x"), line({"error": error}))
    assert (failed.failure.kind, failed.retryable) == ("server_error", True)
    assert failed.failure.message == "in the answer: it broke"


@pytest.mark.parametrize(
    "chunks",
    [
        (),
        (b"",),
        (b" \n\n",),
        (b"<html>",),
        (b"data: {}\n\n",),
        (b"7\n",),
        (b"[" * 100_000 + b"\n",),
        (b'{"message": {"con',),
        (b"{}\n",),
        (said("x"),),
        (said("x"), line({"done": "yes"})),
    ],
)
def test_what_is_no_chat_is_malformed(chunks: tuple[bytes, ...]) -> None:
    failed = failure(*chunks)
    assert (failed.failure.kind, failed.retryable) == ("malformed", True)
    assert len(failed.failure.message) <= 300


def test_a_line_without_an_end_is_final() -> None:
    failed = failure(*[b"x" * 2**20] * 17)
    assert (failed.failure.kind, failed.retryable) == ("malformed", False)


def test_an_endless_answer_is_final() -> None:
    failed = failure(*[said("x" * 2**20)] * 17)
    assert (failed.failure.kind, failed.retryable) == ("malformed", False)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)
KEYS = ("model", "message", "content", "thinking", "tool_calls", "error", "done", "done_reason")


@given(
    st.recursive(
        JSON,
        lambda inner: (
            st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4)
        ),
        max_leaves=8,
    )
)
def test_no_json_is_worse_than_a_failed_attempt(value: Any) -> None:
    try:
        read(line(value), last())
    except AttemptError as error:
        assert len(error.failure.message) <= 300  # noqa: PT017 - either way is fine


def test_the_servers_own_times_are_taken() -> None:
    times = {"load_duration": 5e8, "prompt_eval_duration": 25e7, "eval_duration": 1_500_000_000}
    generation = read(said("x"), last(**times))
    expected = ServerTiming(load_s=0.5, prompt_s=0.25, decode_s=1.5)
    assert expected == generation.server_timing
