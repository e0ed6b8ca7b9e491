"""Framed messages over a socket: one reply for each request, nothing else.

A frame is a length (four bytes, big-endian) and one encoded list. A request is
`[id, kind, ...]` with a random 64-bit id as hex text, a reply `[id, kind, ...]`
with the same id. Everything else that arrives is a ProtocolViolation: a second
reply, bytes nobody asked for, a wrong id, a frame that is too long.

Like `values.py`, this is imported inside the sandbox and stays free of imports
that cost start-up time: file descriptors and `select.poll`, no `socket`.
"""

from __future__ import annotations

import os
import select
import time

from pytest_llmbench.grading.values import (
    ProtocolViolation,
    UnsendableError,
    decode,
    encode,
    holds_opaque,
)

__all__ = ["MAX_FRAME_BYTES", "ClosedError", "DeadlineError", "FrameChannel"]

MAX_FRAME_BYTES = 8 * 1024 * 1024
_HEADER_BYTES = 4
_ID_BYTES = 8
_CHUNK_BYTES = 65536
# Inside a JSON string the quotes would be escaped: this is the tag and nothing else.
_OPAQUE = '{"opaque":'


class ClosedError(OSError):
    """The other side is gone."""


class DeadlineError(TimeoutError):
    """No answer came in time."""


class FrameChannel:
    """Frames on one connected stream socket, given as a file descriptor.

    It never reads past the end of a frame, so that the descriptor can be handed
    to another process between two frames. Not for use from several threads.
    """

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self.has_received_opaque = False
        """Whether anything arrived that is not a plain value."""
        self._ids = b""
        self._readable = select.poll()
        self._readable.register(fd, select.POLLIN)
        self._writable = select.poll()
        self._writable.register(fd, select.POLLOUT)

    def ask(self, kind: str, *parts: object, deadline: float | None = None) -> list[object]:
        """Send one request and return the reply without its id: `[kind, ...]`.

        `deadline` is on `time.monotonic`'s clock; None waits for ever. Raise
        ClosedError, DeadlineError, ProtocolViolation, or UnsendableError for
        arguments that cannot be sent.
        """
        self.expect_silence()
        request_id = self._new_id()
        text = encode([request_id, kind, *parts])
        if _OPAQUE in text:
            raise UnsendableError("only plain values can be passed")
        self._send_text(text, deadline)
        reply = self._decoded(self._only_frame(deadline))
        if len(reply) < 2 or type(reply[1]) is not str:
            raise ProtocolViolation("a reply without a kind")
        # The type first: whatever arrived as an id must not be compared loosely.
        if type(reply[0]) is not str or reply[0] != request_id:
            raise ProtocolViolation("a reply to a request that was not made")
        return reply[1:]

    def expect_silence(self) -> None:
        """Raise ProtocolViolation if something arrived that was not asked for."""
        if self._readable.poll(0):
            try:
                unread = os.read(self._fd, 1)
            except ConnectionError:
                return
            if unread:
                raise ProtocolViolation("bytes that nobody asked for")

    def send(self, message: list[object], *, deadline: float | None = None) -> None:
        """Write one frame."""
        self._send_text(encode(message), deadline)

    def _send_text(self, text: str, deadline: float | None) -> None:
        body = text.encode("ascii")
        data = memoryview(len(body).to_bytes(_HEADER_BYTES, "big") + body)
        while data:
            try:
                sent = os.write(self._fd, data[:_CHUNK_BYTES])
            except BlockingIOError:
                self._wait(self._writable, deadline)
                continue
            except (BrokenPipeError, ConnectionError) as error:
                raise ClosedError(str(error)) from None
            data = data[sent:]

    def receive(self, *, deadline: float | None = None) -> list[object]:
        """Read one frame, however its bytes are spread."""
        length = _length(self._exactly(_HEADER_BYTES, deadline))
        return self._decoded(self._exactly(length, deadline))

    def _new_id(self) -> str:
        """Return what nobody can know before it is sent; the kernel is asked for many at once."""
        if not self._ids:
            self._ids = os.urandom(_ID_BYTES * 64)
        new, self._ids = self._ids[:_ID_BYTES], self._ids[_ID_BYTES:]
        return new.hex()

    def _only_frame(self, deadline: float | None) -> bytes:
        """Read a frame that nothing may follow, in one read where it is short."""
        data = self._some(_CHUNK_BYTES, deadline)
        if len(data) < _HEADER_BYTES:
            data += self._exactly(_HEADER_BYTES - len(data), deadline)
        missing = _HEADER_BYTES + _length(data[:_HEADER_BYTES]) - len(data)
        if missing < 0:
            raise ProtocolViolation("bytes that nobody asked for")
        return data[_HEADER_BYTES:] + self._exactly(missing, deadline)

    def _decoded(self, body: bytes) -> list[object]:
        try:
            text = body.decode("utf-8")
        except UnicodeDecodeError:
            raise ProtocolViolation("a frame that is not UTF-8") from None
        message = decode(text)
        # Not by the text: JSON can spell the same in many ways.
        self.has_received_opaque |= holds_opaque(message)
        if type(message) is not list:
            raise ProtocolViolation("a frame that is not a list")
        return message

    def _exactly(self, count: int, deadline: float | None) -> bytes:
        chunks: list[bytes] = []
        while count:
            chunk = self._some(min(count, 1 << 20), deadline)
            chunks.append(chunk)
            count -= len(chunk)
        return b"".join(chunks)

    def _some(self, most: int, deadline: float | None) -> bytes:
        while True:
            self._wait(self._readable, deadline)
            try:
                chunk = os.read(self._fd, most)
            except BlockingIOError:
                continue
            except ConnectionError as error:
                raise ClosedError(str(error)) from None
            if not chunk:
                raise ClosedError("end of stream")
            return chunk

    @staticmethod
    def _wait(poller: select.poll, deadline: float | None) -> None:
        if deadline is None:
            poller.poll()
            return
        left_ms = (deadline - time.monotonic()) * 1000
        if left_ms <= 0 or not poller.poll(left_ms):
            raise DeadlineError("no answer in time")


def _length(header: bytes) -> int:
    length = int.from_bytes(header, "big")
    if length > MAX_FRAME_BYTES:
        raise ProtocolViolation(f"a frame of {length} bytes")
    return length
