"""Anthropic's messages, and every server that speaks them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from pytest_llmbench.generation.providers.anthropic_message import AnthropicMessage
from pytest_llmbench.generation.providers.conversation import split_system
from pytest_llmbench.generation.providers.event_stream import EventStream
from pytest_llmbench.generation.providers.json_body import merged
from pytest_llmbench.generation.providers.streaming import Streaming, check_address, connect
from pytest_llmbench.vocabulary import Model, Request

__all__ = ["DEFAULT_MAX_TOKENS", "check", "make", "request_body"]

DEFAULT_MAX_TOKENS = 4096
"""Tokens of an answer where a model gives no `max_tokens`: this API requires a number.

A budget for thinking comes on top, because the API counts it in.
"""
_VERSION = "2023-06-01"
"""Of the API; a header `anthropic-version` of the model's own goes over it."""

check = check_address


def make(model: Model) -> Streaming:
    """Make the provider; `ConfigError` as in `check`."""
    client, secrets = connect(
        model,
        lambda key: {"x-api-key": key},
        own_headers={"anthropic-version": _VERSION},
    )
    return Streaming(
        model,
        client,
        path=_path(model),
        body=request_body,
        response=lambda secrets: EventStream(AnthropicMessage(secrets)),
        secrets=secrets,
    )


def request_body(request: Request) -> dict[str, Any]:
    """Make what goes on the wire. Settings that are `None` are left to the server.

    The API has no seed: samples differ by chance alone. `extra_body` is merged over
    everything; a key that it sets to null is left out.
    """
    model, sampling = request.model, request.model.sampling
    system, turns = split_system(request)
    effort = model.options.get("effort")
    thinking_tokens = model.options.get("thinking_tokens")
    body: dict[str, Any] = {
        "model": model.model,
        "system": system,
        "messages": [{"role": item.role, "content": item.content} for item in turns],
        "stream": True,
        "max_tokens": sampling.max_tokens or DEFAULT_MAX_TOKENS + (thinking_tokens or 0),
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "stop_sequences": list(sampling.stop) or None,
        "thinking": _thinking(thinking_tokens),
        "output_config": None if effort is None else {"effort": effort},
    }
    return merged(body, model.extra_body)


def _thinking(budget_tokens: int | None) -> Mapping[str, Any] | None:
    if budget_tokens is None:
        return None
    if budget_tokens == 0:
        return {"type": "disabled"}
    return {"type": "enabled", "budget_tokens": budget_tokens}


def _path(model: Model) -> str:
    """Leave out the version that the base URL already has: both spellings are common."""
    base = urlsplit(model.base_url or "").path.rstrip("/")
    return "/messages" if base.endswith("/v1") else "/v1/messages"
