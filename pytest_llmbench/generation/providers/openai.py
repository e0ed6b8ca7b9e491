"""OpenAI's chat completions, and every server that speaks them."""

from __future__ import annotations

from typing import Any

from pytest_llmbench.generation.providers.chat_completion import ChatCompletion
from pytest_llmbench.generation.providers.choices import Choices
from pytest_llmbench.generation.providers.conversation import as_messages
from pytest_llmbench.generation.providers.event_stream import EventStream
from pytest_llmbench.generation.providers.json_body import merged
from pytest_llmbench.generation.providers.streaming import Streaming, check_address, connect
from pytest_llmbench.vocabulary import Model, Request

__all__ = ["check", "make", "request_body"]

check = check_address


def make(model: Model) -> Streaming:
    """Make the provider; `ConfigError` as in `check`."""
    client, secrets = connect(model, lambda key: {"authorization": f"Bearer {key}"})
    return Streaming(
        model,
        client,
        path="/chat/completions",
        body=request_body,
        response=lambda secrets: EventStream(ChatCompletion(secrets)),
        choices=lambda secrets, count: EventStream(Choices(ChatCompletion, count, secrets)),
        secrets=secrets,
    )


def request_body(request: Request) -> dict[str, Any]:
    """Make what goes on the wire. Settings that are `None` are left to the server.

    `extra_body` goes over everything; a key that it sets to null is left out.
    """
    model, sampling = request.model, request.model.sampling
    body = {
        "model": model.model,
        "messages": as_messages(request),
        "stream": True,
        "stream_options": {"include_usage": True},
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "max_tokens": sampling.max_tokens,
        "seed": None if sampling.seed is None else sampling.seed + request.sample,
        "stop": list(sampling.stop) or None,
        "reasoning_effort": model.options.get("effort"),
    }
    return merged(body, model.extra_body)
