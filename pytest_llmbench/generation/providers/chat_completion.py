"""The text, usage and timing of one chat completion, put together from its chunks."""

from __future__ import annotations

import json
from typing import Any

from pytest_llmbench.generation.http_failure import stream_error
from pytest_llmbench.generation.provider import AttemptError
from pytest_llmbench.generation.redaction import one_line
from pytest_llmbench.hostile_text import storable
from pytest_llmbench.vocabulary import EndpointFailure, FinishReason, Generation, Timing, Usage

__all__ = ["ChatCompletion", "malformed"]

_TEXT_LIMIT = 16 * 1024 * 1024
_FINISH_REASONS = {
    "stop": FinishReason.STOP,
    "eos": FinishReason.STOP,
    "stop_sequence": FinishReason.STOP,
    "end_turn": FinishReason.STOP,
    "length": FinishReason.LENGTH,
    "max_tokens": FinishReason.LENGTH,
    "content_filter": FinishReason.CONTENT_FILTER,
    "refusal": FinishReason.REFUSAL,
}


class ChatCompletion:
    """Collect the parts of one completion, streamed or whole.

    Usage is taken from any chunk that has it, the last one wins: some servers send
    an extra chunk without choices, some put it on the last one with choices, some
    on every chunk. A chunk that only names a role is no token.
    """

    def __init__(self, secrets: tuple[str, ...] = ()) -> None:
        self._secrets = secrets
        self._text: list[str] = []
        self._reasoning: list[str] = []
        self._refusal: list[str] = []
        self._characters = 0
        self._usage: dict[str, Any] = {}
        self._model: str | None = None
        self._fingerprint: str | None = None
        self._finish: FinishReason | None = None
        self._finished_s: float | None = None
        self._chunk_times_s: list[float] = []
        self._ttft_visible_s: float | None = None
        self.has_events = False

    @property
    def is_finished(self) -> bool:
        """Whether the server said why it stopped; usage may still follow."""
        return self._finish is not None

    def add(self, data: bytes, at_s: float) -> None:
        """Take one chunk of a stream that arrived `at_s` seconds after sending."""
        self.has_events = True
        chunk = _parse(data, self._secrets)
        choice = self._common(chunk)
        if choice is None:
            return
        delta = choice.get("delta")
        self._take(delta if isinstance(delta, dict) else {}, at_s)
        self._end(choice, at_s)

    def add_whole(self, data: bytes, at_s: float) -> None:
        """Take a response that is not a stream: no token has a time of its own."""
        self.has_events = True
        choice = self._common(_parse(data, self._secrets))
        if choice is None:
            if not self.is_finished:
                raise malformed("the response has no choices")
            return
        message = choice.get("message")
        self._take(message if isinstance(message, dict) else {}, None)
        self._end(choice, at_s)

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
            usage=_usage(self._usage),
            timing=Timing(
                ttft_s=self._chunk_times_s[0] if self._chunk_times_s else None,
                ttft_visible_s=self._ttft_visible_s,
                latency_s=last_s,
                chunk_times_s=tuple(self._chunk_times_s),
            ),
            model_returned=self._model,
            fingerprint=self._fingerprint,
        )

    def _common(self, chunk: dict[str, Any]) -> dict[str, Any] | None:
        """Take what every chunk may carry; give its first choice."""
        if chunk.get("error"):
            meaning = stream_error(chunk, self._secrets)
            if isinstance(meaning, AttemptError):
                raise meaning
            self._finish = meaning
        if isinstance(model := chunk.get("model"), str) and model:
            self._model = storable(model)
        if isinstance(fingerprint := chunk.get("system_fingerprint"), str) and fingerprint:
            self._fingerprint = storable(fingerprint)
        if isinstance(usage := chunk.get("usage"), dict):
            self._usage = usage
        choices = chunk.get("choices") or []
        if not isinstance(choices, list) or not all(isinstance(item, dict) for item in choices):
            raise malformed("`choices` is not a list of objects")
        # Some servers send more choices than were asked for; the first is the sample.
        return next((item for item in choices if item.get("index", 0) == 0), None)

    def _take(self, delta: dict[str, Any], at_s: float | None) -> None:
        # vLLM names it `reasoning`, older builds and llama-server `reasoning_content`;
        # a gateway that sends both sends the same text twice.
        reasoning = _text_of(delta.get("reasoning_content")) or _text_of(delta.get("reasoning"))
        visible = _text_of(delta.get("content"))
        refusal = _text_of(delta.get("refusal"))
        if not (reasoning or visible or refusal or delta.get("tool_calls")):
            return
        self._reasoning.append(reasoning)
        self._text.append(visible)
        self._refusal.append(refusal)
        self._characters += len(reasoning) + len(visible) + len(refusal)
        if self._characters > _TEXT_LIMIT:
            raise malformed(f"the answer is longer than {_TEXT_LIMIT} characters", retryable=False)
        if at_s is not None:
            self._chunk_times_s.append(at_s)
            if self._ttft_visible_s is None and (visible or refusal):
                self._ttft_visible_s = at_s

    def _end(self, choice: dict[str, Any], at_s: float) -> None:
        reason = choice.get("finish_reason")
        if reason is None:
            return
        if reason == "error":
            raise AttemptError(
                EndpointFailure(kind="server_error", message="the server broke off the answer"),
                retryable=True,
            )
        self._finish = _FINISH_REASONS.get(str(reason).lower(), FinishReason.OTHER)
        self._finished_s = at_s


def malformed(message: str, *, retryable: bool = True) -> AttemptError:
    """Make the failure of a server that does not speak the protocol."""
    return AttemptError(EndpointFailure(kind="malformed", message=message), retryable=retryable)


def _parse(data: bytes, secrets: tuple[str, ...]) -> dict[str, Any]:
    text = data.decode("utf-8", "replace")
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise malformed(f"not JSON: {one_line(text, secrets, limit=120)}") from None
    if not isinstance(value, dict):
        raise malformed(f"not a JSON object: {one_line(text, secrets, limit=120)}")
    return value


def _text_of(value: Any) -> str:
    """Give text that is a string, or a list of parts of which some are text."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        parts = (part.get("text") for part in value if isinstance(part, dict))
        return "".join(part for part in parts if isinstance(part, str))
    return ""


def _joined(parts: list[str]) -> str:
    text = "".join(parts)
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        # The halves of a surrogate pair may have come in two chunks.
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return storable(text)


def _usage(raw: dict[str, Any]) -> Usage:
    return Usage(
        input_tokens=_count(raw, "prompt_tokens"),
        output_tokens=_count(raw, "completion_tokens"),
        cached_input_tokens=_count(raw, "prompt_tokens_details", "cached_tokens"),
        # SGLang puts it at the top.
        reasoning_tokens=_first(
            _count(raw, "completion_tokens_details", "reasoning_tokens"),
            _count(raw, "reasoning_tokens"),
        ),
    )


_MANY_TOKENS = 10**12
"""No server counts that far; a larger number is nonsense and would break the sums."""


def _first(*counts: int | None) -> int | None:
    return next((count for count in counts if count is not None), None)


def _count(raw: Any, *path: str) -> int | None:
    for key in path:
        raw = raw.get(key) if isinstance(raw, dict) else None
    is_count = isinstance(raw, int) and not isinstance(raw, bool) and 0 <= raw < _MANY_TOKENS
    return raw if is_count else None
