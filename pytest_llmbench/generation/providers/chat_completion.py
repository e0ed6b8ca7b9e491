"""One chat completion, put together from its chunks."""

from __future__ import annotations

from typing import Any

from pytest_llmbench.generation.provider import AttemptError
from pytest_llmbench.generation.providers.collected import (
    Collected,
    count,
    first,
    malformed,
    reported_cost,
)
from pytest_llmbench.vocabulary import EndpointFailure, FinishReason, Usage

__all__ = ["ChatCompletion"]

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


class ChatCompletion(Collected):
    """Collect the parts of one completion.

    Usage is taken from any chunk that has it, the last one wins: some servers send
    an extra chunk without choices, some put it on the last one with choices, some
    on every chunk. A chunk that only names a role is no token.
    """

    def __init__(self, secrets: tuple[str, ...] = ()) -> None:
        super().__init__(secrets)
        self._usage: dict[str, Any] = {}

    def _add(self, event: dict[str, Any], at_s: float) -> None:
        choice = self._common(event)
        if choice is None:
            return
        delta = choice.get("delta")
        self._take(delta if isinstance(delta, dict) else {}, at_s)
        self._end(choice, at_s)

    def _add_whole(self, response: dict[str, Any], at_s: float) -> None:
        choice = self._common(response)
        if choice is None:
            if not self.is_finished:
                raise malformed("the response has no choices")
            return
        message = choice.get("message")
        self._take(message if isinstance(message, dict) else {}, None)
        self._end(choice, at_s)

    def usage(self) -> Usage:
        raw = self._usage
        return Usage(
            input_tokens=count(raw, "prompt_tokens"),
            output_tokens=count(raw, "completion_tokens"),
            cached_input_tokens=count(raw, "prompt_tokens_details", "cached_tokens"),
            # SGLang puts it at the top.
            reasoning_tokens=first(
                count(raw, "completion_tokens_details", "reasoning_tokens"),
                count(raw, "reasoning_tokens"),
            ),
            cache_write_tokens=count(raw, "prompt_tokens_details", "cache_write_tokens"),
            reported_cost_usd=reported_cost(raw),
        )

    def take_usage(self, raw: object) -> None:
        """Take what a server counted; the last word counts."""
        if isinstance(raw, dict):
            self._usage = raw

    def _common(self, chunk: dict[str, Any]) -> dict[str, Any] | None:
        """Take what every chunk may carry; give its first choice."""
        if chunk.get("error"):
            self.take_error(chunk)
        self.take_model(chunk.get("model"), chunk.get("system_fingerprint"))
        self.take_usage(chunk.get("usage"))
        self.take_timings(chunk.get("timings"))
        choices = chunk.get("choices") or []
        if not isinstance(choices, list) or not all(isinstance(item, dict) for item in choices):
            raise malformed("`choices` is not a list of objects")
        # Some servers send more choices than were asked for; the first is the sample.
        return next((item for item in choices if item.get("index", 0) == 0), None)

    def _take(self, delta: dict[str, Any], at_s: float | None) -> None:
        # vLLM names it `reasoning`, older builds and llama-server `reasoning_content`;
        # a gateway that sends both sends the same text twice.
        reasoning = _text_of(delta.get("reasoning_content")) or _text_of(delta.get("reasoning"))
        text = _text_of(delta.get("content"))
        refusal = _text_of(delta.get("refusal"))
        if reasoning or text or refusal or delta.get("tool_calls"):
            self.take(text=text, reasoning=reasoning, refusal=refusal, at_s=at_s)

    def _end(self, choice: dict[str, Any], at_s: float) -> None:
        reason = choice.get("finish_reason")
        if reason is None:
            return
        if reason == "error":
            raise AttemptError(
                EndpointFailure(kind="server_error", message="the server broke off the answer"),
                retryable=True,
            )
        self.end(str(reason), _FINISH_REASONS, at_s)


def _text_of(value: Any) -> str:
    """Give text that is a string, or a list of parts of which some are text."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        parts = (part.get("text") for part in value if isinstance(part, dict))
        return "".join(part for part in parts if isinstance(part, str))
    return ""
