"""The text, usage and timing of one generation, put together from whatever an API sends."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pytest_llmbench.generation.estimates import estimated_output_tokens
from pytest_llmbench.generation.http_failure import stream_error
from pytest_llmbench.generation.provider import AttemptError
from pytest_llmbench.generation.redaction import one_line
from pytest_llmbench.hostile_text import storable
from pytest_llmbench.vocabulary import (
    EndpointFailure,
    FinishReason,
    Generation,
    ServerTiming,
    Timing,
    Usage,
)

__all__ = [
    "Collected",
    "count",
    "first",
    "malformed",
    "parse_object",
    "parse_objects",
    "reported_cost",
    "seconds",
]

_TEXT_LIMIT = 16 * 1024 * 1024
_MANY_TOKENS = 10**12
"""No server counts that far; a larger number is nonsense and would break the sums."""
_MANY_SECONDS = 10.0**9
_MUCH_USD = 10**6
"""No request costs that much."""
_TICKS_PER_USD = 10**10


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
        self._server_timing = ServerTiming()
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

    def take_timings(self, raw: object) -> None:
        """Take what llama.cpp says that it took, wherever a response has it."""
        if isinstance(raw, dict):
            self._server_timing = ServerTiming(
                prompt_s=seconds(raw, "prompt_ms", unit_s=1e-3),
                decode_s=seconds(raw, "predicted_ms", unit_s=1e-3),
            )

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
        text, reasoning = _joined(self._text), _joined(self._reasoning)
        refusal = _joined(self._refusal)
        last_s = self._chunk_times_s[-1] if self._chunk_times_s else self._finished_s
        return Generation(
            text=text or refusal,
            reasoning=reasoning,
            finish_reason=FinishReason.REFUSAL if refusal else self._finish,
            usage=self._counted(text + reasoning + refusal),
            timing=Timing(
                ttft_s=self._chunk_times_s[0] if self._chunk_times_s else None,
                ttft_visible_s=self._ttft_visible_s,
                latency_s=last_s,
                chunk_times_s=tuple(self._chunk_times_s),
            ),
            server_timing=self._server_timing,
            model_returned=self._model,
            fingerprint=self._fingerprint,
        )

    def generations(self) -> list[Generation]:
        """Give all that came back, as `generation` does."""
        return [self.generation()]

    def _counted(self, said: str) -> Usage:
        """Give what the server counted, or an estimate of the output that says that it is one."""
        usage = self.usage()
        if usage.output_tokens is not None or not said:
            return usage
        tokens = estimated_output_tokens(said, events=len(self._chunk_times_s))
        return replace(usage, output_tokens=tokens, is_estimated=True)


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


def seconds(raw: Mapping[str, Any], key: str, *, unit_s: float) -> float | None:
    """Give a duration that a server reports; `None` where there is none."""
    value = raw.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value * unit_s if 0 <= value < _MANY_SECONDS / unit_s else None


def first(*counts: int | None) -> int | None:
    """Give the first count that there is."""
    return next((each for each in counts if each is not None), None)


def count(raw: Any, *path: str) -> int | None:
    """Give a number of tokens inside a usage object; `None` where there is none."""
    found = _inside(raw, *path)
    is_count = isinstance(found, int) and not isinstance(found, bool) and 0 <= found < _MANY_TOKENS
    return found if is_count else None


def reported_cost(raw: Any) -> float | None:
    """Give what a usage object says that the request cost, in US dollars.

    OpenRouter and litellm's proxy have it as `cost`, Perplexity as `cost.total_cost`, xAI
    as `cost_in_usd_ticks`. With a key of one's own OpenRouter's `cost` is its fee alone,
    and what the model cost stands beside it. Nothing or 0 is what proxies say who do not
    know.
    """
    if ticks := count(raw, "cost_in_usd_ticks"):
        return ticks / _TICKS_PER_USD
    cost = _inside(raw, "cost")
    if isinstance(cost, dict):
        cost = cost.get("total_cost")
    parts = [cost]
    if _inside(raw, "is_byok") is True:
        parts.append(_inside(raw, "cost_details", "upstream_inference_cost"))
    numbers = [
        part
        for part in parts
        if isinstance(part, int | float) and not isinstance(part, bool) and 0 <= part < _MUCH_USD
    ]
    return (sum(numbers) or None) if len(numbers) == len(parts) else None


def _inside(raw: Any, *path: str) -> Any:
    for key in path:
        raw = raw.get(key) if isinstance(raw, dict) else None
    return raw


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
