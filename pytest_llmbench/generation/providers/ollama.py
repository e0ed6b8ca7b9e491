"""Ollama's own API, which knows more of its models than its OpenAI route."""

from __future__ import annotations

from typing import Any

from pytest_llmbench.generation.providers.collected import Collected, count, seconds
from pytest_llmbench.generation.providers.conversation import as_messages
from pytest_llmbench.generation.providers.json_body import merged
from pytest_llmbench.generation.providers.json_lines import JsonLines
from pytest_llmbench.generation.providers.streaming import Streaming, check_address, connect
from pytest_llmbench.vocabulary import FinishReason, Model, Request, ServerTiming, Usage

__all__ = ["ChatLines", "check", "make", "request_body"]

_FINISH_REASONS = {"stop": FinishReason.STOP, "length": FinishReason.LENGTH}
_SWITCHES = {"on": True, "off": False}
"""Most models can only think or not; some know levels."""

check = check_address


def make(model: Model) -> Streaming:
    """Make the provider; `ConfigError` as in `check`."""
    client, secrets = connect(model, lambda key: {"authorization": f"Bearer {key}"})
    return Streaming(
        model,
        client,
        path="/api/chat",
        body=request_body,
        response=lambda secrets: JsonLines(ChatLines(secrets)),
        secrets=secrets,
    )


def request_body(request: Request) -> dict[str, Any]:
    """Make what goes on the wire. Settings that are `None` are left to the server.

    `extra_body` goes over everything, and inside `options` key by key: `num_ctx`
    there decides from which length on a prompt loses its beginning.
    """
    model, sampling = request.model, request.model.sampling
    effort = model.options.get("effort")
    options = {
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "num_predict": sampling.max_tokens,
        "seed": None if sampling.seed is None else sampling.seed + request.sample,
        "stop": list(sampling.stop) or None,
    }
    body = {
        "model": model.model,
        "messages": as_messages(request),
        "stream": True,
        "think": _SWITCHES.get(effort, effort) if effort is not None else None,
        "options": {key: value for key, value in options.items() if value is not None} or None,
    }
    return merged(body, model.extra_body)


class ChatLines(Collected):
    """Collect the lines of one chat; the last one says why, and holds the counts."""

    def __init__(self, secrets: tuple[str, ...] = ()) -> None:
        super().__init__(secrets)
        self._last: dict[str, Any] = {}

    def _add(self, event: dict[str, Any], at_s: float) -> None:
        if error := event.get("error"):
            self.take_error({"error": error})
            return
        self.take_model(event.get("model"))
        is_last = event.get("done") is True
        # A last line that is also the first was not streamed: no token has a time.
        self._take_message(event, None if is_last and not self._chunk_times_s else at_s)
        if is_last:
            self._last = event
            self._server_timing = ServerTiming(
                prompt_s=seconds(event, "prompt_eval_duration", unit_s=1e-9),
                decode_s=seconds(event, "eval_duration", unit_s=1e-9),
                load_s=seconds(event, "load_duration", unit_s=1e-9),
            )
            # Old servers name no reason.
            self.end(str(event.get("done_reason") or "stop"), _FINISH_REASONS, at_s)

    def _add_whole(self, response: dict[str, Any], at_s: float) -> None:
        """Read a chat that was not streamed: it is one line."""
        self._add(response, at_s)

    def _take_message(self, event: dict[str, Any], at_s: float | None) -> None:
        message = event.get("message")
        message = message if isinstance(message, dict) else {}
        text, reasoning = _text_of(message.get("content")), _text_of(message.get("thinking"))
        if text or reasoning or message.get("tool_calls"):
            self.take(text=text, reasoning=reasoning, at_s=at_s)

    def usage(self) -> Usage:
        return Usage(
            input_tokens=count(self._last, "prompt_eval_count"),
            output_tokens=count(self._last, "eval_count"),
        )


def _text_of(value: object) -> str:
    return value if isinstance(value, str) else ""
