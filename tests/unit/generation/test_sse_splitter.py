"""Events are the same however the bytes are cut."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_llmbench.generation.sse import ServerSentEvent, SseOverflowError, SseSplitter


def split(*chunks: bytes) -> list[ServerSentEvent]:
    splitter = SseSplitter()
    events = [event for chunk in chunks for event in splitter.feed(chunk)]
    return events + splitter.finish()


def data_of(*chunks: bytes) -> list[bytes]:
    return [event.data for event in split(*chunks)]


def feed_often(splitter: SseSplitter, chunk: bytes) -> None:
    for _ in range(20):
        splitter.feed(chunk)


@pytest.mark.parametrize("end", [b"\n", b"\r", b"\r\n"])
def test_every_line_end_of_the_standard_ends_a_line(end: bytes) -> None:
    assert data_of(b"data: 1" + end + end + b"data: 2" + end + end) == [b"1", b"2"]


def test_a_line_end_cut_in_two_is_one_line_end() -> None:
    assert data_of(b"data: 1\r", b"\ndata: 2\r", b"\n\r", b"\n") == [b"1\n2"]


def test_several_data_lines_are_one_event() -> None:
    assert data_of(b"data: a\ndata:b\n\n") == [b"a\nb"]


def test_comments_unknown_fields_and_empty_events_are_passed_over() -> None:
    assert data_of(b": keep-alive\n\nid: 7\nretry: 3\n\ndata: x\n\n") == [b"x"]


def test_an_event_has_its_name() -> None:
    assert [ServerSentEvent(b"{}", "error"), ServerSentEvent(b"x")] == split(
        b"event: error\ndata: {}\n\ndata: x\n\n"
    )


def test_the_last_event_needs_no_newline() -> None:
    assert data_of(b"data: 1\n\ndata: [DONE]") == [b"1", b"[DONE]"]


def test_a_byte_order_mark_is_no_part_of_the_first_field() -> None:
    assert data_of(b"\xef\xbb", b"\xbfdata: 1\n\n") == [b"1"]


def test_unicode_line_separators_are_text() -> None:
    text = "a\u2028b\u2029c\u0085d\x0be\x1cf"
    event = b"data: " + json.dumps(text, ensure_ascii=False).encode() + b"\n\n"

    (data,) = data_of(event)

    assert text == json.loads(data)


def test_an_endless_event_is_refused() -> None:
    splitter = SseSplitter(limit_bytes=100)
    with pytest.raises(SseOverflowError):
        feed_often(splitter, b"data: 123456789")


def test_endless_data_lines_without_an_end_are_refused() -> None:
    splitter = SseSplitter(limit_bytes=100)
    with pytest.raises(SseOverflowError):
        feed_often(splitter, b"data: 123456789\n")


PIECES = [b"data: ", b"data:", b"event: e", b": c", b"\n", b"\r", b"\r\n", b"\n\n", b"x", b" "]
ODD_PIECES = ["\u2028".encode(), "\u0085".encode(), b"\xef\xbb\xbf", b'{"a": 1}']
STREAMS = st.lists(st.sampled_from(PIECES + ODD_PIECES), max_size=40).map(b"".join)


@given(STREAMS, st.data())
def test_no_cut_changes_the_events(stream: bytes, draw: st.DataObject) -> None:
    cuts = sorted(draw.draw(st.sets(st.integers(0, len(stream)))))
    edges = [0, *cuts, len(stream)]
    chunks = [stream[start:end] for start, end in pairwise(edges)]

    assert split(stream) == split(*chunks)


@given(st.lists(st.text().filter(lambda text: not set(text) & {"\n", "\r"}), min_size=1))
def test_what_a_server_writes_is_what_is_read(texts: list[str]) -> None:
    texts = [text for text in texts if text]
    stream = b"".join(b"data: " + text.encode() + b"\n\n" for text in texts)
    assert [text.encode() for text in texts] == data_of(stream)
