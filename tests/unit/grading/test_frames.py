"""One reply for each request: everything else is a violation."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from pytest_llmbench.grading.frames import (
    MAX_FRAME_BYTES,
    ClosedError,
    DeadlineError,
    FrameChannel,
)
from pytest_llmbench.grading.values import ProtocolViolation, UnsendableError, encode

Pair = tuple[FrameChannel, socket.socket]


@pytest.fixture
def pair() -> Iterator[Pair]:
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    with ours, theirs:
        yield FrameChannel(ours.fileno()), theirs


def soon() -> float:
    return time.monotonic() + 5


def frame(message: list[object]) -> bytes:
    body = encode(message).encode()
    return len(body).to_bytes(4, "big") + body


def answering(theirs: socket.socket, reply: Callable[[list[object]], bytes]) -> None:
    """Answer one request from another thread, with whatever bytes `reply` makes."""

    def serve() -> None:
        theirs.sendall(reply(FrameChannel(theirs.fileno()).receive(deadline=soon())))

    threading.Thread(target=serve, daemon=True).start()


def test_a_request_gets_its_reply(pair: Pair) -> None:
    channel, theirs = pair
    answering(theirs, lambda request: frame([request[0], "value", request[2]]))

    assert ["value", (1, 2)] == channel.ask("call", (1, 2), deadline=soon())


def test_a_large_message_crosses_in_pieces(pair: Pair) -> None:
    channel, theirs = pair
    text = "x" * 3_000_000
    answering(theirs, lambda request: frame([request[0], "value", request[2]]))

    assert ["value", text] == channel.ask("call", text, deadline=soon())


def test_a_wrong_id_is_a_violation(pair: Pair) -> None:
    channel, theirs = pair
    answering(theirs, lambda _: frame(["0" * 16, "value", 5]))

    with pytest.raises(ProtocolViolation, match="not made"):
        channel.ask("call", deadline=soon())


def test_a_second_reply_is_a_violation(pair: Pair) -> None:
    channel, theirs = pair
    answering(theirs, lambda request: 2 * frame([request[0], "value", 5]))

    def ask() -> None:
        channel.ask("call", deadline=soon())
        channel.expect_silence()  # where it came a little later

    with pytest.raises(ProtocolViolation, match="nobody asked"):
        ask()


def test_bytes_before_a_request_are_a_violation(pair: Pair) -> None:
    channel, theirs = pair
    theirs.send(b"!")

    with pytest.raises(ProtocolViolation, match="nobody asked"):
        channel.ask("call", deadline=soon())


def test_a_frame_that_is_too_long_is_a_violation(pair: Pair) -> None:
    channel, theirs = pair
    theirs.send((MAX_FRAME_BYTES + 1).to_bytes(4, "big"))

    with pytest.raises(ProtocolViolation, match="bytes"):
        channel.receive(deadline=soon())


@pytest.mark.parametrize("body", [b"{}", b"5", b"\xff\xff", b'{"dict":[]}', b""])
def test_a_body_that_is_no_list_is_a_violation(pair: Pair, body: bytes) -> None:
    channel, theirs = pair
    theirs.send(len(body).to_bytes(4, "big") + body)

    with pytest.raises(ProtocolViolation):
        channel.receive(deadline=soon())


def test_a_deadline_ends_a_wait_in_the_middle_of_a_frame(pair: Pair) -> None:
    channel, theirs = pair
    theirs.send(b"\0\0\0\5[")

    with pytest.raises(DeadlineError):
        channel.receive(deadline=time.monotonic() + 0.05)


def test_a_deadline_ends_a_write_that_nobody_reads(pair: Pair) -> None:
    channel, _ = pair

    with pytest.raises(DeadlineError):
        channel.send(["x" * 5_000_000], deadline=time.monotonic() + 0.05)


def test_the_end_of_the_other_side_is_told(pair: Pair) -> None:
    channel, theirs = pair
    theirs.close()

    with pytest.raises(ClosedError):
        channel.ask("call", deadline=soon())


def test_an_object_that_is_no_plain_value_cannot_be_asked_with(pair: Pair) -> None:
    channel, _ = pair

    with pytest.raises(UnsendableError, match="plain values"):
        channel.ask("call", object(), deadline=soon())


def test_text_that_looks_like_a_tag_is_only_text(pair: Pair) -> None:
    channel, theirs = pair
    text = '{"opaque":["x","y"]}'
    answering(theirs, lambda request: frame([request[0], "value", request[2]]))

    assert ["value", text] == channel.ask("call", text, deadline=soon())
    assert not channel.has_received_opaque
