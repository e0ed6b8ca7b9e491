"""Money that a run may spend: nothing is sent that could pass the limit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum

from pytest_llmbench.vocabulary import EndpointFailure, Generation, Request

__all__ = ["Budget", "Room"]

_UNBILLED = frozenset(
    {"rate_limited", "server_error", "auth", "not_found", "bad_request", "missing", "down"}
)
"""Failures of which no provider sends a bill; of the others it may."""


class Room(Enum):
    """Whether there is money for one more request."""

    NOW = "now"
    LATER = "later"
    """Perhaps, if what is in flight costs less than it could."""
    NEVER = "never"


class Budget:
    """Counts what was spent, and what requests in flight could cost at most.

    Lives in the engine's thread, like the lanes that ask it.
    """

    def __init__(
        self,
        limit_usd: float,
        *,
        most_usd: Callable[[Request], float],
        cost_usd: Callable[[Request, Generation], float | None],
    ) -> None:
        """`most_usd` says what a request can cost at most; `cost_usd` what it did cost."""
        self._limit_usd = limit_usd
        self._most_usd = most_usd
        self._cost_usd = cost_usd
        self._spent_usd = 0.0
        self._in_flight: dict[int, float] = {}
        self._listeners: list[Callable[[], None]] = []

    def listen(self, wake: Callable[[], None]) -> None:
        """Have somebody called when money that was held back is free again."""
        self._listeners.append(wake)

    def room(self, request: Request) -> Room:
        if self.has_room_for([request]):
            return Room.NOW
        most = self._most_usd(request)
        is_possible = bool(self._in_flight) and self._spent_usd + most <= self._limit_usd
        return Room.LATER if is_possible else Room.NEVER

    def has_room_for(self, requests: Sequence[Request]) -> bool:
        """Whether all of them may be sent now."""
        most = sum(self._most_usd(request) for request in requests)
        return self._spent_usd + sum(self._in_flight.values()) + most <= self._limit_usd

    def sent(self, request: Request) -> None:
        """Hold back what an attempt could cost."""
        self._in_flight[id(request)] = self._most_usd(request)

    def unanswered(self, request: Request) -> None:
        """Give back what was held for one that the server has left out of its answer."""
        self._in_flight.pop(id(request))

    def came(self, request: Request, generation: Generation) -> None:
        """Count what an attempt cost; where the server did not say, what it could have."""
        most = self._in_flight.pop(id(request))
        failure = generation.failure
        if failure is not None:
            self._spent_usd += 0.0 if failure.kind in _UNBILLED else most
        else:
            cost = self._cost_usd(request, generation)
            self._spent_usd += most if cost is None else cost
        for wake in self._listeners:
            wake()

    @property
    def refusal(self) -> EndpointFailure:
        """Why a request is not sent."""
        message = f"not asked: it could pass the budget of ${self._limit_usd:.2f}"
        return EndpointFailure(kind="budget", message=message)
