"""One endpoint while it is being asked: how much it takes, and whether it is there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from pytest_llmbench.generation.adaptive import AdaptiveLimit
from pytest_llmbench.generation.breaker import Breaker
from pytest_llmbench.generation.provider import Provider, SeveralAtOnce
from pytest_llmbench.generation.rate_limit import Allowance
from pytest_llmbench.models.address import public_url
from pytest_llmbench.vocabulary import Generation, Model, Request

__all__ = ["LiveEndpoint"]


class LiveEndpoint:
    """A provider with its limits and its fuse; lives in the engine's loop."""

    def __init__(
        self,
        model: Model,
        provider: Provider,
        *,
        ceiling: int,
        cooldown_s: float,
        clock: Callable[[], float],
    ) -> None:
        self.address = public_url(model.base_url)
        self.provider = provider
        self._several = provider if isinstance(provider, SeveralAtOnce) else None
        self.limit = AdaptiveLimit(ceiling)
        self.allowance = Allowance(
            requests_per_minute=model.requests_per_minute,
            tokens_per_minute=model.tokens_per_minute,
        )
        self.breaker = Breaker(clock, cooldown_s=cooldown_s)
        self.in_flight = 0
        self.paused_until_s = 0.0
        self._clock = clock
        if hasattr(provider, "on_headers"):
            provider.on_headers = self._hear

    def _hear(self, headers: Mapping[str, str]) -> None:
        self.allowance.heard(headers, self._clock())

    @property
    def samples_per_request(self) -> int:
        """How many samples one request may ask for."""
        return self._several.samples_per_request if self._several else 1

    async def generate(self, requests: Sequence[Request]) -> list[Generation]:
        """Make one attempt; several requests differ in `sample`, and some may be left out."""
        if self._several and len(requests) > 1:
            return await self._several.generate_many(requests)
        return [await self.provider.generate(requests[0])]

    @property
    def has_place(self) -> bool:
        return self.in_flight < self.limit.places

    def tokens_of(self, input_tokens: int, most_output_tokens: int | None) -> float:
        return self.allowance.tokens_of(input_tokens, most_output_tokens)

    def ready_s(self, tokens: float) -> float:
        """Give the time from which a request may be sent, if there is a place."""
        now_s = self._clock()
        return max(self.paused_until_s, now_s + self.allowance.wait_s(tokens, now_s))
