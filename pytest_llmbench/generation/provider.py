"""What speaks to one model: the protocol that every provider implements."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from pytest_llmbench.vocabulary import EndpointFailure, Generation, Request

__all__ = ["CANCELLED", "AttemptError", "Provider", "SeveralAtOnce"]


CANCELLED = EndpointFailure(kind="cancelled", message="the run ended before the answer came")


class AttemptError(Exception):
    """One attempt brought no answer, because of the endpoint and not of the model.

    A refusal, a content filter and a full context are *not* errors: they are
    generations with a finish reason.
    """

    def __init__(
        self,
        failure: EndpointFailure,
        *,
        retryable: bool,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(failure.message)
        self.failure = failure
        self.retryable = retryable
        self.retry_after_s = retry_after_s
        """How long the endpoint asks to be left alone; `None`: it did not say."""


class Provider(Protocol):
    """Speak one API for one model. Runs in the engine's loop and must not block it.

    One that speaks HTTP may have an attribute `on_headers`: the engine sets it to a
    function that wants the headers of every response, as a mapping of lower-case names.
    """

    async def generate(self, request: Request) -> Generation:
        """Make one attempt; raise `AttemptError` when the endpoint gives no answer.

        The engine retries, counts attempts, fills in `wall_s`, `attempts` and `started_at`,
        and adds its own queue to `queued_s`; the provider measures the rest of `timing`.
        """
        ...

    async def aclose(self) -> None:
        """Close connections. Called once, after the last `generate` has ended."""
        ...


@runtime_checkable
class SeveralAtOnce(Provider, Protocol):
    """A provider that can get several samples of the same question with one request."""

    @property
    def samples_per_request(self) -> int:
        """How many it takes at most; it may find out that it is only one."""
        ...

    async def generate_many(self, requests: Sequence[Request]) -> list[Generation]:
        """Make one attempt for requests that differ in `sample` only; raise as `generate`.

        The generations are those of the first requests, and at least one. The others were
        not answered, and cost nothing: they are asked for again.
        """
        ...
