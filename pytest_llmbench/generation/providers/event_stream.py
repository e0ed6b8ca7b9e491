"""The body of a response: a stream of events, or one JSON document."""

from __future__ import annotations

from pytest_llmbench.generation.providers.collected import Collected, malformed
from pytest_llmbench.generation.sse import ServerSentEvent, SseOverflowError, SseSplitter
from pytest_llmbench.vocabulary import Generation

__all__ = ["EventStream"]

_LIMIT_BYTES = 256 * 1024 * 1024
"""An event of one token is some 250 bytes; the text has a tighter limit of its own."""


class EventStream:
    """Read a body piece by piece.

    A server that cannot stream answers a request for a stream with one JSON document,
    not always under the right content type. So the first byte decides, not the
    header: no event begins with a brace or a bracket.
    """

    def __init__(self, collected: Collected) -> None:
        self._collected = collected
        self._splitter = SseSplitter()
        self._whole: list[bytes] | None = None
        self._received_bytes = 0
        self.is_done = False
        """Whether `[DONE]` was seen, or the API's own last event; not every server sends it."""

    @property
    def has_begun(self) -> bool:
        """Whether a token came, of the answer or of its reasoning."""
        return self._collected.has_begun

    @property
    def is_finished(self) -> bool:
        """Whether the server said why it stopped, or that nothing follows; usage may still."""
        return self._collected.is_finished or self.is_done

    def feed(self, chunk: bytes, at_s: float) -> None:
        """Take bytes that arrived `at_s` seconds after sending."""
        if not self._received_bytes:
            chunk = chunk.lstrip()
            self._whole = [] if chunk.startswith((b"{", b"[")) else None
        self._received_bytes += len(chunk)
        if self._received_bytes > _LIMIT_BYTES:
            raise malformed(f"the response is larger than {_LIMIT_BYTES} bytes", retryable=False)
        if self._whole is not None:
            self._whole.append(chunk)
            return
        try:
            events = self._splitter.feed(chunk)
        except SseOverflowError as error:
            raise malformed(str(error), retryable=False) from None
        self._take(events, at_s)

    def finish(self, at_s: float, content_type: str = "unknown") -> None:
        """Note that the body ended."""
        if self._whole is not None:
            self._collected.add_whole(b"".join(self._whole), at_s)
            return
        self._take(self._splitter.finish(), at_s)
        if not self._collected.has_events:
            what = "holds no events" if self._received_bytes else "is empty"
            raise malformed(f"the response {what} (content type {content_type})")

    def generation(self) -> Generation:
        """Give what came back; `AttemptError` if the end is missing."""
        return self._collected.generation()

    def generations(self) -> list[Generation]:
        """Give each of several samples, as `generation` does one."""
        return self._collected.generations()

    def _take(self, events: list[ServerSentEvent], at_s: float) -> None:
        for event in events:
            if event.data.strip() == b"[DONE]":
                self.is_done = True
            elif event.data and not self.is_done:
                self._collected.add(event.data, at_s)
                self.is_done = self._collected.is_done
