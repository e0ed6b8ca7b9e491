"""What a run would ask and could cost, before anything is sent."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pytest_llmbench.vocabulary import Model, Request

__all__ = ["Forecast", "estimated_tokens", "forecast", "most_usd"]

_BYTES_PER_TOKEN = 3
"""Code and English have about four bytes to a token, other languages fewer; low is safe."""
_TOKENS_PER_MESSAGE = 8
"""What chat templates put around a message."""


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


def most_usd(model: Model, input_tokens: int, requests: int = 1) -> float | None:
    """Give the most that requests can cost in US dollars; None where that is not known.

    Retries of requests that failed after they were billed come on top.
    """
    if model.prices is None or (model.sampling.max_tokens is None and model.prices.output):
        return None
    output_tokens = requests * (model.sampling.max_tokens or 0)
    return (input_tokens * model.prices.input + output_tokens * model.prices.output) / 1e6


def forecast(model: Model, requests: Iterable[Request], reused: int) -> Forecast:
    """Add up what one model would be asked."""
    tokens = [estimated_tokens(request) for request in requests]
    most = model.sampling.max_tokens
    return Forecast(
        model=model.name,
        requests=len(tokens),
        reused=reused,
        input_tokens=sum(tokens),
        most_output_tokens=None if most is None else most * len(tokens),
        most_usd=most_usd(model, sum(tokens), len(tokens)),
    )
