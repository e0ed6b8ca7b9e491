"""Several completions out of one response, whole or in turns."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_llmbench.generation.provider import AttemptError
from pytest_llmbench.generation.providers.chat_completion import ChatCompletion
from pytest_llmbench.generation.providers.choices import Choices, portions
from pytest_llmbench.generation.providers.event_stream import EventStream
from pytest_llmbench.generation.providers.openai_completions import TextCompletion
from pytest_llmbench.vocabulary import FinishReason, Generation, Usage


def event(value: Any) -> bytes:
    return b"data: " + json.dumps(value).encode() + b"\n\n"


def said(index: int, text: str, **more: Any) -> bytes:
    return event({"choices": [{"index": index, "delta": {"content": text}}], **more})


def end(index: int, reason: str = "stop", **more: Any) -> bytes:
    return event({"choices": [{"index": index, "delta": {}, "finish_reason": reason}], **more})


def counted(output: int, prompt: int = 7, **more: Any) -> dict[str, Any]:
    return {"usage": {"prompt_tokens": prompt, "completion_tokens": output, **more}}


def reader(count: int) -> EventStream:
    return EventStream(Choices(ChatCompletion, count))


def read(*chunks: bytes, count: int = 2) -> list[Generation]:
    """Read chunks that arrive one second apart, from second 1."""
    stream = reader(count)
    for at_s, data in enumerate(chunks, start=1):
        stream.feed(data, float(at_s))
    stream.finish(len(chunks) + 1.0, "text/event-stream")
    return stream.generations()


def tokens(generations: list[Generation]) -> list[tuple[int | None, int | None]]:
    return [(each.usage.input_tokens, each.usage.output_tokens) for each in generations]


def test_choices_that_come_in_turns_are_told_apart_with_their_times() -> None:
    first, second = read(
        said(1, "b"), said(0, "a"), said(1, "B"), end(1, "length"), said(0, "A"), end(0)
    )
    assert (first.text, second.text) == ("aA", "bB")
    assert (first.finish_reason, second.finish_reason) == (FinishReason.STOP, FinishReason.LENGTH)
    assert (first.timing.chunk_times_s, second.timing.chunk_times_s) == ((2.0, 5.0), (1.0, 3.0))


def test_one_event_may_hold_pieces_of_several() -> None:
    both = [{"index": k, "delta": {"content": text}} for k, text in enumerate("ab")]
    first, second = read(event({"choices": both, "model": "m"}), end(0), end(1))
    assert (first.text, second.text) == ("a", "b")
    assert (first.model_returned, second.model_returned) == ("m", "m")


def test_a_count_of_all_is_divided_and_the_prompt_is_the_firsts() -> None:
    usage = {"choices": [], **counted(9, prompt_tokens_details={"cached_tokens": 3})}
    first, second = read(said(0, "aa"), said(1, "b"), end(0), end(1), event(usage))
    assert first.usage == Usage(
        input_tokens=7, output_tokens=6, cached_input_tokens=3, is_shared=True
    )
    assert second.usage == Usage(
        input_tokens=0, output_tokens=3, cached_input_tokens=0, is_shared=True
    )


def test_a_charge_for_all_is_divided_equally() -> None:
    usage = {"choices": [], **counted(4, cost=0.5)}
    generations = read(said(0, "aaa"), end(0), end(1), event(usage))
    assert [each.usage.reported_cost_usd for each in generations] == [0.25, 0.25]


def test_what_was_counted_after_each_choice_is_its_own() -> None:
    """llama.cpp streams so."""
    timings = {"prompt_ms": 1000, "predicted_ms": 2000}
    first, second = read(
        said(0, "a"), said(1, "b"),
        end(1), event({"choices": [], **counted(30), "timings": timings}),
        end(0), event({"choices": [], **counted(20)}),
    )  # fmt: skip
    assert tokens([first, second]) == [(7, 20), (0, 30)]
    assert [False, False] == [first.usage.is_shared, second.usage.is_shared]
    assert (first.server_timing.decode_s, second.server_timing.decode_s) == (None, 2.0)


def test_what_was_counted_with_the_end_of_each_choice_is_its_own() -> None:
    """llama.cpp's completions have it so."""
    assert tokens(read(end(1, **counted(30)), end(0, **counted(20)))) == [(7, 20), (0, 30)]


def test_running_counts_are_of_all() -> None:
    generations = read(
        said(0, "a", **counted(1)), said(1, "b", **counted(2)),
        end(0, **counted(2)), end(1, **counted(2)),
    )  # fmt: skip
    assert tokens(generations) == [(7, 1), (0, 1)]
    assert all(each.usage.is_shared for each in generations)


def test_uncounted_choices_are_estimated_each() -> None:
    usages = [each.usage for each in read(said(0, "a"), said(0, "b"), end(0), said(1, "c"), end(1))]
    assert usages == [
        Usage(output_tokens=2, is_estimated=True),
        Usage(output_tokens=1, is_estimated=True),
    ]


def test_a_server_that_gives_one_has_counted_one() -> None:
    generations = read(said(0, "a"), end(0), event({"choices": [], **counted(5)}), count=3)
    assert [each.text for each in generations] == ["a"]
    assert generations[0].usage == Usage(input_tokens=7, output_tokens=5)


def test_more_than_were_asked_for_are_left_out() -> None:
    assert ["a", "b"] == [
        each.text for each in read(said(0, "a"), said(1, "b"), said(2, "c"), end(0), end(1), end(2))
    ]


def test_a_response_that_is_no_stream_may_hold_several() -> None:
    choices = [
        {"index": k, "message": {"content": text}, "finish_reason": "stop"}
        for k, text in enumerate(["a", "bb"])
    ]
    generations = read(json.dumps({"choices": choices, **counted(6)}).encode())
    assert [each.text for each in generations] == ["a", "bb"]
    assert tokens(generations) == [(7, 2), (0, 4)]
    assert [each.timing.chunk_times_s for each in generations] == [(), ()]


def test_completions_have_choices_too() -> None:
    stream = EventStream(Choices(TextCompletion, 2))
    for index in (1, 0):
        choice = {"index": index, "text": f"t{index}", "finish_reason": "stop"}
        stream.feed(event({"choices": [choice]}), 1.0)
    assert [each.text for each in stream.generations()] == ["t0", "t1"]


def test_all_is_said_when_each_choice_has_ended() -> None:
    stream = reader(2)
    finished = []
    for chunk in (said(0, "a"), end(0), said(1, "b"), end(1)):
        stream.feed(chunk, 1.0)
        finished.append(stream.is_finished)
    assert finished == [False, False, False, True]


def test_a_server_that_gives_too_few_and_says_so_need_not_hang_up() -> None:
    stream = reader(2)
    for chunk in (said(0, "a"), end(0), b"data: [DONE]\n\n"):
        stream.feed(chunk, 1.0)
    assert stream.is_finished
    assert ["a"] == [each.text for each in stream.generations()]


@pytest.mark.parametrize(
    ("chunks", "kind"),
    [
        ((said(0, "a"), end(0), said(1, "b")), "malformed"),
        ((event({"choices": []}),), "malformed"),
        ((json.dumps({"object": "list"}).encode(),), "malformed"),
        ((said(0, "a"), end(0), end(1, "error")), "server_error"),
        ((said(0, "a"), event({"error": {"message": "CUDA"}})), "server_error"),
    ],
)
def test_a_broken_choice_breaks_the_response(chunks: tuple[bytes, ...], kind: str) -> None:
    with pytest.raises(AttemptError) as caught:
        read(*chunks)
    assert caught.value.failure.kind == kind


def test_a_filter_ends_the_choices_that_are_still_open() -> None:
    error = {"message": "filtered", "code": "content_filter"}
    first, second = read(said(0, "a"), end(0), said(1, "b"), event({"error": error}))
    assert (first.finish_reason, first.text) == (FinishReason.STOP, "a")
    assert second.finish_reason is FinishReason.CONTENT_FILTER


@given(st.integers(0, 10**12), st.lists(st.integers(0, 10**7), min_size=1, max_size=20))
def test_portions_add_up_and_follow_the_weights(total: int, weights: list[int]) -> None:
    parts = [part or 0 for part in portions(total, weights)]
    assert sum(parts) == total
    whole = sum(weights)
    if whole:
        assert all(
            abs(part * whole - total * weight) < whole
            for part, weight in zip(parts, weights, strict=True)
        )
    else:
        assert max(parts) - min(parts) <= 1


@given(st.lists(st.tuples(st.text("ab", max_size=9), st.text("cd", max_size=9)), min_size=2))
def test_nothing_is_lost_or_counted_twice(texts: list[tuple[str, str]]) -> None:
    count = len(texts)
    pieces = [said(index, texts[index][half]) for half in (0, 1) for index in range(count)]
    usage = event(
        {"choices": [], **counted(1000, completion_tokens_details={"reasoning_tokens": 9})}
    )
    generations = read(*pieces, *map(end, range(count)), usage, count=count)
    assert [each.text for each in generations] == [one + two for one, two in texts]
    usages = [each.usage for each in generations]
    assert sum(each.output_tokens or 0 for each in usages) == 1000
    assert sum(each.reasoning_tokens or 0 for each in usages) == 9
    assert sum(each.input_tokens or 0 for each in usages) == 7
    assert all((each.reasoning_tokens or 0) <= (each.output_tokens or 0) for each in usages)
