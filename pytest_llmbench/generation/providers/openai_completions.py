"""OpenAI's old completions, which continue a text: the API of base models."""

from __future__ import annotations

from typing import Any

from pytest_llmbench.generation.providers.chat_completion import ChatCompletion
from pytest_llmbench.generation.providers.choices import Choices
from pytest_llmbench.generation.providers.conversation import as_text
from pytest_llmbench.generation.providers.event_stream import EventStream
from pytest_llmbench.generation.providers.json_body import merged
from pytest_llmbench.generation.providers.streaming import Streaming, check_address, connect
from pytest_llmbench.vocabulary import Model, Request

__all__ = ["TextCompletion", "check", "make", "request_body"]

check = check_address


def make(model: Model) -> Streaming:
    """Make the provider; `ConfigError` as in `check`."""
    client, secrets = connect(model, lambda key: {"authorization": f"Bearer {key}"})
    return Streaming(
        model,
        client,
        path="/completions",
        body=request_body,
        response=lambda secrets: EventStream(TextCompletion(secrets)),
        choices=lambda secrets, count: EventStream(Choices(TextCompletion, count, secrets)),
        secrets=secrets,
    )


def request_body(request: Request) -> dict[str, Any]:
    """Make what goes on the wire. Settings that are `None` are left to the server.

    `extra_body` goes over everything; `suffix` in it is what follows the gap that a
    model is to fill.
    """
    model, sampling = request.model, request.model.sampling
    body = {
        "model": model.model,
        "prompt": as_text(request),
        "stream": True,
        "stream_options": {"include_usage": True},
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "max_tokens": sampling.max_tokens,
        "seed": None if sampling.seed is None else sampling.seed + request.sample,
        "stop": list(sampling.stop) or None,
    }
    return merged(body, model.extra_body)


class TextCompletion(ChatCompletion):
    """Collect the parts of one completion, whose choices hold their text themselves."""

    def _common(self, chunk: dict[str, Any]) -> dict[str, Any] | None:
        choice = super()._common(chunk)
        if choice is None:
            return None
        said = {"content": choice.get("text")}
        # TGI writes "" where others write null: not the last piece.
        reason = choice.get("finish_reason") or None
        return {"delta": said, "message": said, "finish_reason": reason}
