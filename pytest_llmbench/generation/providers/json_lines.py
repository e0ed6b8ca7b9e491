"""The body of a response: one JSON object on each line, as Ollama streams."""

from __future__ import annotations

from pytest_llmbench.generation.providers.collected import Collected, malformed
from pytest_llmbench.vocabulary import Generation

__all__ = ["JsonLines"]

_LIMIT_BYTES = 256 * 1024 * 1024
"""A line of one token is some 120 bytes; the text has a tighter limit of its own."""
_LINE_LIMIT_BYTES = 16 * 1024 * 1024


class JsonLines:
    r"""Read a body piece by piece.

    Lines end at the byte `\n` and nowhere else: U+2028 and U+0085 stand raw inside
    JSON. The last line needs no end. An answer that is not streamed is one line.
    """

    def __init__(self, collected: Collected) -> None:
        self._collected = collected
        self._unfinished: list[bytes] = []
        """Pieces of a line whose end has not arrived; joined once, so that a long
        line in many pieces costs linear time."""
        self._held_bytes = 0
        self._received_bytes = 0

    @property
    def has_begun(self) -> bool:
        """Whether a token came, of the answer or of its reasoning."""
        return self._collected.has_begun

    @property
    def is_finished(self) -> bool:
        """Whether the server said why it stopped."""
        return self._collected.is_finished

    @property
    def is_done(self) -> bool:
        """Whether nothing follows: the line that says why it stopped is the last."""
        return self._collected.is_finished

    def feed(self, chunk: bytes, at_s: float) -> None:
        """Take bytes that arrived `at_s` seconds after sending."""
        self._received_bytes += len(chunk)
        if self._received_bytes > _LIMIT_BYTES:
            raise malformed(f"the response is larger than {_LIMIT_BYTES} bytes", retryable=False)
        *ends, rest = chunk.split(b"\n")
        for end in ends:
            line = b"".join((*self._unfinished, end))
            self._unfinished, self._held_bytes = [], 0
            self._take(line, at_s)
        self._unfinished.append(rest)
        self._held_bytes += len(rest)
        if self._held_bytes > _LINE_LIMIT_BYTES:
            raise malformed(f"a line is larger than {_LINE_LIMIT_BYTES} bytes", retryable=False)

    def finish(self, at_s: float, content_type: str = "unknown") -> None:
        """Note that the body ended."""
        self._take(b"".join(self._unfinished), at_s)
        self._unfinished = []
        if not self._collected.has_events:
            raise malformed(f"the response is empty (content type {content_type})")

    def generation(self) -> Generation:
        """Give what came back; `AttemptError` if the end is missing."""
        return self._collected.generation()

    def generations(self) -> list[Generation]:
        """Give each of several samples, as `generation` does one."""
        return self._collected.generations()

    def _take(self, line: bytes, at_s: float) -> None:
        if line.strip() and not self.is_done:
            self._collected.add(line, at_s)
