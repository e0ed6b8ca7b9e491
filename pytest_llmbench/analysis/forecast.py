"""What a run would ask and could cost, before anything is sent."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pytest_llmbench.generation.estimates import estimated_tokens, most_output_tokens
from pytest_llmbench.vocabulary import Model, Request

__all__ = ["Forecast", "forecast", "most_usd"]


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


def most_usd(model: Model, input_tokens: int, requests: int = 1) -> float | None:
    """Give the most that requests can cost in US dollars; None where that is not known.

    Retries of requests that failed after they were billed come on top.
    """
    most = most_output_tokens(model)
    if model.prices is None or (most is None and model.prices.output):
        return None
    output_tokens = requests * (most or 0)
    return (input_tokens * model.prices.input + output_tokens * model.prices.output) / 1e6


def forecast(model: Model, requests: Iterable[Request], reused: int) -> Forecast:
    """Add up what one model would be asked."""
    tokens = [estimated_tokens(request) for request in requests]
    most = most_output_tokens(model)
    return Forecast(
        model=model.name,
        requests=len(tokens),
        reused=reused,
        input_tokens=sum(tokens),
        most_output_tokens=None if most is None else most * len(tokens),
        most_usd=most_usd(model, sum(tokens), len(tokens)),
    )
