"""How many tokens a request or an answer has, where nobody has counted them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pytest_llmbench.vocabulary import Model, Request

__all__ = ["estimated_output_tokens", "estimated_tokens", "most_output_tokens"]

_BYTES_PER_TOKEN = 3
"""Code and English have about four bytes to a token, other languages fewer; low is safe."""
_TOKENS_PER_MESSAGE = 8
"""What chat templates put around a message."""
_BYTES_PER_OUTPUT_TOKEN = 3.5
"""Of code and English in the tokenizers of today: what is likely, where above it is safe."""
_MOST_BYTES_PER_EVENT = 6.0
"""Of a stream whose events hold one token each, on average."""
_LIMIT_KEYS = frozenset(
    {"max_tokens", "max_completion_tokens", "max_output_tokens", "maxOutputTokens", "num_predict"}
)


def estimated_tokens(request: Request) -> int:
    """Estimate a request's tokens from the bytes of its texts."""
    return sum(
        len(message.content.encode("utf-8", "replace")) // _BYTES_PER_TOKEN + _TOKENS_PER_MESSAGE
        for message in request.messages
    )


def estimated_output_tokens(said: str, *, events: int) -> int:
    """Estimate how many tokens a text has, from the events that it came in or its length.

    Most servers send an event per token. Where events are longer than tokens are, several
    came together, and only the length says anything.
    """
    size = len(said.encode("utf-8"))
    if events * _MOST_BYTES_PER_EVENT >= size:
        return events
    return max(1, round(size / _BYTES_PER_OUTPUT_TOKEN))


def most_output_tokens(model: Model) -> int | None:
    """Give the most tokens that an answer can have; None where nothing bounds it.

    `extra_body` has the last word, by whatever name the model's API has for it.
    """
    own = list(_limits(model.extra_body))
    numbers = [each for each in own if type(each) is int]
    if own and not numbers:  # taken away
        return None
    return max(numbers, default=model.sampling.max_tokens)


def _limits(body: Mapping[str, Any]) -> Iterator[object]:
    for key, value in body.items():
        if key in _LIMIT_KEYS:
            yield value
        elif isinstance(value, Mapping):
            yield from _limits(value)
