"""Server-sent events out of bytes, in whatever pieces the bytes arrive."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["ServerSentEvent", "SseOverflowError", "SseSplitter"]

_BOM = b"\xef\xbb\xbf"


class SseOverflowError(ValueError):
    """One event is larger than a reader should hold."""


@dataclass(frozen=True, slots=True)
class ServerSentEvent:
    data: bytes
    name: str = ""


class SseSplitter:
    r"""Split a byte stream into events.

    Lines end at `\n`, `\r\n` or `\r` and nowhere else: servers put U+2028 and
    U+0085 into JSON raw, and a line iterator that knows Unicode cuts there.
    `bytes.splitlines` knows just those three. An event that the end of the stream
    cuts short is given by `finish`, because servers forget the last newline.
    """

    def __init__(self, limit_bytes: int = 16 * 1024 * 1024) -> None:
        self._limit_bytes = limit_bytes
        self._unfinished: list[bytes] = []
        """Pieces of a line whose end has not arrived; joined once, so that a long
        line in many pieces costs linear time."""
        self._held_bytes = 0
        self._after_cr = False
        self._is_first_line = True
        self._data: list[bytes] = []
        self._name = ""

    def feed(self, chunk: bytes) -> list[ServerSentEvent]:
        """Take the next bytes and give the events that they complete."""
        if self._after_cr and chunk:
            # The "\r" that ended the last chunk may have been half of "\r\n".
            self._after_cr = False
            chunk = chunk.removeprefix(b"\n")
        if not chunk:
            return []
        self._held_bytes += len(chunk)
        if b"\n" not in chunk and b"\r" not in chunk:
            self._unfinished.append(chunk)
            self._check_size()
            return []
        self._after_cr = chunk.endswith(b"\r")
        lines = b"".join((*self._unfinished, chunk)).splitlines()
        self._unfinished = [] if chunk.endswith((b"\n", b"\r")) else [lines.pop()]
        events = self._take(lines)
        self._held_bytes = sum(map(len, self._unfinished)) + sum(map(len, self._data))
        self._check_size()
        return events

    def finish(self) -> list[ServerSentEvent]:
        """Give the event that the stream ended in, if any."""
        rest = b"".join(self._unfinished)
        self._unfinished = []
        return self._take([rest, b""])

    def _check_size(self) -> None:
        if self._held_bytes > self._limit_bytes:
            raise SseOverflowError(f"one event is larger than {self._limit_bytes} bytes")

    def _take(self, lines: list[bytes]) -> list[ServerSentEvent]:
        events: list[ServerSentEvent] = []
        for raw in lines:
            line = raw
            if self._is_first_line:
                self._is_first_line = False
                line = raw.removeprefix(_BOM)
            if not line:
                if self._data:
                    events.append(ServerSentEvent(b"\n".join(self._data), self._name))
                self._data = []
                self._name = ""
                continue
            field, _, value = line.partition(b":")  # a comment has an empty field
            if field == b"data":
                self._data.append(value.removeprefix(b" "))
            elif field == b"event":
                self._name = value.removeprefix(b" ").decode("utf-8", "replace")
        return events
