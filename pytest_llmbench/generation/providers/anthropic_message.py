"""One message of Anthropic's API, put together from its events."""

from __future__ import annotations

from typing import Any

from pytest_llmbench.generation.providers.collected import Collected, count, malformed
from pytest_llmbench.vocabulary import FinishReason, Usage

__all__ = ["AnthropicMessage"]

_FINISH_REASONS = {
    "end_turn": FinishReason.STOP,
    "stop_sequence": FinishReason.STOP,
    "max_tokens": FinishReason.LENGTH,
    "model_context_window_exceeded": FinishReason.LENGTH,
    "refusal": FinishReason.REFUSAL,
}


class AnthropicMessage(Collected):
    """Collect the parts of one message.

    Usage comes in two events: the input with the first one, and with the last one
    the output, which counts from the beginning. A type of event or block that is not
    known is ignored, as the API's own rules ask for: pings, signatures, encrypted
    thinking.
    """

    def __init__(self, secrets: tuple[str, ...] = ()) -> None:
        super().__init__(secrets)
        self._usage: dict[str, Any] = {}

    def _add(self, event: dict[str, Any], at_s: float) -> None:
        match event.get("type"):
            case "message_start":
                self._start(event.get("message"))
            case "content_block_start":
                self._take([event.get("content_block")], at_s)
            case "content_block_delta":
                self._take([event.get("delta")], at_s)
            case "message_delta":
                self._count(event.get("usage"))
                self._end(event.get("delta"), at_s)
            case "message_stop":
                self.is_done = True
            case kind if kind == "error" or event.get("error"):
                self.take_error(event)

    def _add_whole(self, response: dict[str, Any], at_s: float) -> None:
        if response.get("type") == "error" or response.get("error"):
            self.take_error(response)
            return
        content = response.get("content")
        if not isinstance(content, list):
            raise malformed("the response has no content")
        self._start(response)
        self._take(content, None)
        self._end(response, at_s)

    def usage(self) -> Usage:
        """Give what the server counted; its `input_tokens` are those that no cache held."""
        raw = self._usage
        uncached = count(raw, "input_tokens")
        cached = count(raw, "cache_read_input_tokens")
        written = count(raw, "cache_creation_input_tokens")
        return Usage(
            input_tokens=None if uncached is None else uncached + (cached or 0) + (written or 0),
            output_tokens=count(raw, "output_tokens"),
            cached_input_tokens=cached,
            reasoning_tokens=count(raw, "output_tokens_details", "thinking_tokens"),
            cache_write_tokens=written,
            cache_write_1h_tokens=count(raw, "cache_creation", "ephemeral_1h_input_tokens"),
        )

    def _start(self, message: Any) -> None:
        if isinstance(message, dict):
            self.take_model(message.get("model"))
            self._count(message.get("usage"))

    def _count(self, usage: Any) -> None:
        if isinstance(usage, dict):
            self._usage |= {key: value for key, value in usage.items() if value is not None}

    def _take(self, blocks: list[Any], at_s: float | None) -> None:
        """Take blocks, or the pieces of them that deltas are."""
        text = _said(blocks, "text")
        reasoning = _said(blocks, "thinking")
        if text or reasoning:
            self.take(text=text, reasoning=reasoning, at_s=at_s)

    def _end(self, message: Any, at_s: float) -> None:
        reason = message.get("stop_reason") if isinstance(message, dict) else None
        if isinstance(reason, str):
            self.end(reason, _FINISH_REASONS, at_s)


def _said(blocks: list[Any], kind: str) -> str:
    """Join what stands under the key that is named like the type of its block."""
    mine = (kind, f"{kind}_delta")
    found = [
        item.get(kind) for item in blocks if isinstance(item, dict) and item.get("type") in mine
    ]
    return "".join(piece for piece in found if isinstance(piece, str))
