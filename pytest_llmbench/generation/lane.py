"""The requests of one model on their way: order, limit, retries, and a fuse."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from pytest_llmbench.generation.breaker import Breaker
from pytest_llmbench.generation.budget import Budget, Room
from pytest_llmbench.generation.provider import AttemptError, Provider
from pytest_llmbench.generation.redaction import one_line, without_keys
from pytest_llmbench.generation.retry import RetryPolicy
from pytest_llmbench.vocabulary import EndpointFailure, Generation, Request

__all__ = ["Lane", "Pending"]


@dataclass(slots=True, eq=False, kw_only=True)
class Pending:
    """One request between `submit` and its generation; the only mutable thing here."""

    request: Request
    number: int
    """Order of submission: the next free slot goes to the lowest."""
    future: Future[Generation] = field(default_factory=Future)
    submitted_s: float
    ready_s: float = 0.0
    """Since when it has been waiting for a slot."""
    queued_s: float = 0.0
    requeued_s: float = 0.0
    """The part of `queued_s` that was spent after the first attempt."""
    attempts: int = 0
    first_sent_s: float = 0.0
    started_at: str | None = None
    failure: EndpointFailure | None = None
    """Why the last attempt failed."""

    def __lt__(self, other: Pending) -> bool:
        return self.number < other.number


class Lane:
    """Send the requests of one model, at most `limit` at once, lowest number first.

    Lives in the engine's loop; no other thread touches it. A request that waits for
    its retry gives its slot to the next one, so that one unlucky request does not
    idle a slot for half a minute. The exception is an endpoint that names the time
    until which it wants to be left alone (429 with Retry-After): whatever is sent
    before then is refused as well, so the whole lane pauses.
    """

    def __init__(
        self,
        provider: Provider,
        *,
        limit: int,
        policy: RetryPolicy,
        random: Callable[[], float],
        begin: Callable[[Pending], bool],
        settle: Callable[[Pending, Generation], None],
        budget: Budget | None = None,
    ) -> None:
        """`begin` says whether a request is still wanted; `settle` hands over its result."""
        self._loop = asyncio.get_running_loop()
        self._provider = provider
        self._limit = limit
        self._policy = policy
        self._random = random
        self._begin = begin
        self._settle = settle
        self._queue: list[Pending] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._paused_until_s: float | None = None
        self._breaker = Breaker(self._loop.time)
        self._is_closed = False
        self._budget = budget
        if budget is not None:
            budget.listen(self._pump)

    def add(self, job: Pending) -> None:
        """Queue a request, new or due for its retry."""
        if self._is_closed:
            return
        job.ready_s = job.submitted_s if not job.attempts else self._loop.time()
        heapq.heappush(self._queue, job)
        self._pump()

    async def aclose(self) -> None:
        """Drop what is in flight and close the connections."""
        self._is_closed = True
        self._queue.clear()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._provider.aclose()

    def _pump(self) -> None:
        while self._queue and len(self._tasks) < self._limit and not self._is_closed:
            if self._paused_until_s is not None:
                return
            room = self._budget.room(self._queue[0].request) if self._budget else Room.NOW
            if room is Room.LATER:
                return  # until something in flight has cost less than it could
            now_s = self._loop.time()
            job = heapq.heappop(self._queue)
            if job.attempts == 0 and not self._begin(job):
                continue  # nobody waits for it any more
            waited_s = max(0.0, now_s - job.ready_s)
            job.queued_s += waited_s
            if job.attempts:
                job.requeued_s += waited_s
            if self._budget is not None and room is Room.NEVER:
                self._give_up(job, job.failure or self._budget.refusal)
                continue
            if refused := self._breaker.admit():
                # A request that was sent before has a cause of its own to tell.
                self._give_up(job, job.failure or refused)
                continue
            if self._budget is not None:
                self._budget.sent(job.request)
            task = self._loop.create_task(self._attempt(job))
            self._tasks.add(task)
            task.add_done_callback(self._end)

    def _end(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._pump()

    async def _attempt(self, job: Pending) -> None:
        if not job.attempts:
            job.first_sent_s = self._loop.time()
            job.started_at = datetime.now(UTC).isoformat(timespec="milliseconds")
        job.attempts += 1
        try:
            generation = await self._provider.generate(job.request)
        except AttemptError as error:
            self._fail(job, error)
        except asyncio.CancelledError:
            if self._is_closed:
                raise
            # A library cancelled itself; without an answer somebody would wait for ever.
            failure = EndpointFailure(kind="internal", message="the attempt was cancelled")
            self._fail(job, AttemptError(failure, retryable=False))
        except Exception as error:  # a provider's bug must not take the run down
            message = one_line(f"{type(error).__name__}: {error}", _secrets_of(job.request))
            failure = EndpointFailure(kind="internal", message=message)
            self._fail(job, AttemptError(failure, retryable=False))
        else:
            self._breaker.succeeded()
            self._pay(job, generation)
            self._settle(job, self._completed(job, generation))

    def _pay(self, job: Pending, generation: Generation) -> None:
        if self._budget is not None:
            self._budget.came(job.request, generation)

    def _fail(self, job: Pending, error: AttemptError) -> None:
        job.failure = error.failure
        self._pay(job, Generation(failure=error.failure))
        now_s = self._loop.time()
        wait_s = self._policy.wait_s(
            error,
            attempt=job.attempts,
            elapsed_s=now_s - job.first_sent_s - job.requeued_s,
            random=self._random,
        )
        if error.failure.kind == "rate_limited" and error.retry_after_s and wait_s is not None:
            self._pause(now_s + error.retry_after_s)
        if wait_s is None:
            self._breaker.failed(error.failure)
            self._give_up(job, error.failure)
        else:
            self._loop.call_later(wait_s, self.add, job)

    def _pause(self, until_s: float) -> None:
        if self._paused_until_s is None or until_s > self._paused_until_s:
            self._paused_until_s = until_s
            self._loop.call_at(until_s, self._resume, until_s)

    def _resume(self, until_s: float) -> None:
        if self._paused_until_s == until_s:  # else it was prolonged
            self._paused_until_s = None
            self._pump()

    def _give_up(self, job: Pending, failure: EndpointFailure) -> None:
        self._settle(job, self._completed(job, Generation(failure=failure)))

    def _completed(self, job: Pending, generation: Generation) -> Generation:
        wall_s = 0.0
        if job.attempts:
            wall_s = self._loop.time() - job.first_sent_s - job.requeued_s
        secrets = _secrets_of(job.request)
        queued_s = job.queued_s + generation.timing.queued_s
        return replace(
            generation,
            text=without_keys(generation.text, secrets),
            reasoning=without_keys(generation.reasoning, secrets),
            model_returned=_masked(generation.model_returned, secrets),
            fingerprint=_masked(generation.fingerprint, secrets),
            timing=replace(generation.timing, queued_s=queued_s, wall_s=wall_s),
            attempts=job.attempts,
            started_at=job.started_at,
        )


def _masked(text: str | None, secrets: list[str]) -> str | None:
    return None if text is None else one_line(text, secrets)


def _secrets_of(request: Request) -> list[str]:
    model = request.model
    secrets = [model.api_key, *model.headers.values(), *model.secrets]
    return [secret.reveal() for secret in secrets if secret]
