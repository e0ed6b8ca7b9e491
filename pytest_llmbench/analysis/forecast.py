"""What a run would ask and could cost, before anything is sent."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pytest_llmbench.models.price_list import listing_of
from pytest_llmbench.vocabulary import ListedPrices, Model, Request

__all__ = [
    "Forecast",
    "estimated_tokens",
    "forecast",
    "is_priced",
    "most_output_tokens",
    "most_usd",
]

_BYTES_PER_TOKEN = 3
"""Code and English have about four bytes to a token, other languages fewer; low is safe."""
_TOKENS_PER_MESSAGE = 8
"""What chat templates put around a message."""
_LIMIT_KEYS = frozenset(
    {"max_tokens", "max_completion_tokens", "max_output_tokens", "maxOutputTokens", "num_predict"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What one model would be asked."""

    model: str
    requests: int
    reused: int
    """Requests that an earlier run has answered; they are none of `requests`."""
    input_tokens: int
    """Estimated from the length of the texts, rather too many than too few."""
    most_output_tokens: int | None
    """`max_tokens` of every request; None where the model has none."""
    most_usd: float | None
    """None where prices or the most output tokens are unknown."""


def estimated_tokens(request: Request) -> int:
    """Estimate a request's tokens from the bytes of its texts."""
    return sum(
        len(message.content.encode("utf-8", "replace")) // _BYTES_PER_TOKEN + _TOKENS_PER_MESSAGE
        for message in request.messages
    )


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


def most_usd(model: Model, input_tokens: int) -> float | None:
    """Give the most that a request can cost in US dollars; None where that is not known.

    No cache is counted on, and that the input may be written to one is. Retries of requests
    that failed after they were billed come on top.
    """
    most, prices = most_output_tokens(model), model.prices
    if isinstance(prices, ListedPrices):
        listing = listing_of(model)
        return None if listing is None else listing.most_usd(input_tokens, most, model)
    if prices is None or (most is None and prices.output):
        return None
    kinds = (prices.cached_input or 0.0, prices.cache_write or 0.0, prices.cache_write_1h or 0.0)
    return (input_tokens * max(prices.input, *kinds) + (most or 0) * prices.output) / 1e6


def is_priced(model: Model) -> bool:
    """Whether a model's prices are known, here or in the list that they are taken from."""
    if isinstance(model.prices, ListedPrices):
        listing = listing_of(model)
        return listing is not None and listing.most_usd(1, 1, model) is not None
    return model.prices is not None


def forecast(model: Model, requests: Iterable[Request], reused: int) -> Forecast:
    """Add up what one model would be asked."""
    tokens = [estimated_tokens(request) for request in requests]
    most = most_output_tokens(model)
    dollars = [most_usd(model, each) for each in tokens]
    return Forecast(
        model=model.name,
        requests=len(tokens),
        reused=reused,
        input_tokens=sum(tokens),
        most_output_tokens=None if most is None else most * len(tokens),
        most_usd=None if most_usd(model, 0) is None else _sum(dollars),
    )


def _sum(dollars: Sequence[float | None]) -> float | None:
    known = [each for each in dollars if each is not None]
    return math.fsum(known) if len(known) == len(dollars) else None
