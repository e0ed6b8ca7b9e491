"""The text, usage and timing of one generation, put together from whatever an API sends."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

from pytest_llmbench.generation.http_failure import stream_error
from pytest_llmbench.generation.provider import AttemptError
from pytest_llmbench.generation.redaction import one_line
from pytest_llmbench.hostile_text import storable
from pytest_llmbench.vocabulary import EndpointFailure, FinishReason, Generation, Timing, Usage

__all__ = ["Collected", "count", "first", "malformed", "parse_object", "parse_objects"]

_TEXT_LIMIT = 16 * 1024 * 1024
_MANY_TOKENS = 10**12
"""No server counts that far; a larger number is nonsense and would break the sums."""


class Collected(ABC):
    """Collect the parts of one generation, streamed or whole.

    An API's own class says what a piece means, by calling `take` and `end`.
    """

    def __init__(self, secrets: tuple[str, ...] = ()) -> None:
        self._secrets = secrets
        self._text: list[str] = []
        self._reasoning: list[str] = []
        self._refusal: list[str] = []
        self._characters = 0
        self._model: str | None = None
        self._fingerprint: str | None = None
        self._finish: FinishReason | None = None
        self._finished_s: float | None = None
        self._chunk_times_s: list[float] = []
        self._ttft_visible_s: float | None = None
        self.has_events = False
        self.is_done = False
        """Whether an event said that nothing follows; not every API has one."""

    @property
    def has_begun(self) -> bool:
        """Whether a token came, of the answer or of its reasoning."""
        return bool(self._chunk_times_s)

    @property
    def is_finished(self) -> bool:
        """Whether the server said why it stopped; usage may still follow."""
        return self._finish is not None

    def add(self, data: bytes, at_s: float) -> None:
        """Take one event of a stream that arrived `at_s` seconds after sending."""
        self.has_events = True
        self._add(parse_object(data, self._secrets), at_s)

    def add_whole(self, data: bytes, at_s: float) -> None:
        """Take a response that is not a stream: no token has a time of its own."""
        self.has_events = True
        self._add_whole(parse_object(data, self._secrets), at_s)

    @abstractmethod
    def _add(self, event: dict[str, Any], at_s: float) -> None: ...

    @abstractmethod
    def _add_whole(self, response: dict[str, Any], at_s: float) -> None: ...

    @abstractmethod
    def usage(self) -> Usage:
        """Give what the server counted."""

    def take(
        self, *, text: str = "", reasoning: str = "", refusal: str = "", at_s: float | None
    ) -> None:
        """Take what a model said; without a time where it came with all the rest."""
        self._reasoning.append(reasoning)
        self._text.append(text)
        self._refusal.append(refusal)
        self._characters += len(reasoning) + len(text) + len(refusal)
        if self._characters > _TEXT_LIMIT:
            raise malformed(f"the answer is longer than {_TEXT_LIMIT} characters", retryable=False)
        if at_s is not None:
            self._chunk_times_s.append(at_s)
            if self._ttft_visible_s is None and (text or refusal):
                self._ttft_visible_s = at_s

    def take_model(self, name: object, fingerprint: object = None) -> None:
        """Take the model's name and the fingerprint of its server as a response gives them."""
        if isinstance(name, str) and name:
            self._model = storable(name)
        if isinstance(fingerprint, str) and fingerprint:
            self._fingerprint = storable(fingerprint)

    def take_error(self, value: Any) -> None:
        """Raise what an error under status 200 means, or end with the model's outcome."""
        meaning = stream_error(value, self._secrets)
        if isinstance(meaning, AttemptError):
            raise meaning
        self._finish = meaning

    def end(self, reason: str, reasons: Mapping[str, FinishReason], at_s: float) -> None:
        """Take why the model stopped, in the API's own word."""
        self._finish = reasons.get(reason.lower(), FinishReason.OTHER)
        self._finished_s = at_s

    def generation(self) -> Generation:
        """Give what came back; `AttemptError` if the end is missing."""
        if self._finish is None:
            raise malformed("the stream ended without a finish reason")
        refusal = _joined(self._refusal)
        last_s = self._chunk_times_s[-1] if self._chunk_times_s else self._finished_s
        return Generation(
            text=_joined(self._text) or refusal,
            reasoning=_joined(self._reasoning),
            finish_reason=FinishReason.REFUSAL if refusal else self._finish,
            usage=self.usage(),
            timing=Timing(
                ttft_s=self._chunk_times_s[0] if self._chunk_times_s else None,
                ttft_visible_s=self._ttft_visible_s,
                latency_s=last_s,
                chunk_times_s=tuple(self._chunk_times_s),
            ),
            model_returned=self._model,
            fingerprint=self._fingerprint,
        )


def malformed(message: str, *, retryable: bool = True) -> AttemptError:
    """Make the failure of a server that does not speak the protocol."""
    return AttemptError(EndpointFailure(kind="malformed", message=message), retryable=retryable)


def parse_object(data: bytes, secrets: tuple[str, ...]) -> dict[str, Any]:
    """Read a JSON object; `AttemptError` for anything else."""
    value = _parse(data, secrets)
    if not isinstance(value, dict):
        raise _no_object(data, secrets)
    return value


def parse_objects(data: bytes, secrets: tuple[str, ...]) -> list[dict[str, Any]]:
    """Read a JSON object, or a list of them; `AttemptError` for anything else."""
    value = _parse(data, secrets)
    values = value if isinstance(value, list) else [value]
    if not all(isinstance(item, dict) for item in values):
        raise _no_object(data, secrets)
    return values


def first(*counts: int | None) -> int | None:
    """Give the first count that there is."""
    return next((each for each in counts if each is not None), None)


def count(raw: Any, *path: str) -> int | None:
    """Give a number of tokens inside a usage object; `None` where there is none."""
    for key in path:
        raw = raw.get(key) if isinstance(raw, dict) else None
    is_count = isinstance(raw, int) and not isinstance(raw, bool) and 0 <= raw < _MANY_TOKENS
    return raw if is_count else None


def _parse(data: bytes, secrets: tuple[str, ...]) -> Any:
    text = data.decode("utf-8", "replace")
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise malformed(f"not JSON: {one_line(text, secrets, limit=120)}") from None


def _no_object(data: bytes, secrets: tuple[str, ...]) -> AttemptError:
    text = data.decode("utf-8", "replace")
    return malformed(f"not a JSON object: {one_line(text, secrets, limit=120)}")


def _joined(parts: list[str]) -> str:
    text = "".join(parts)
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        # The halves of a surrogate pair may have come in two chunks.
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return storable(text)
