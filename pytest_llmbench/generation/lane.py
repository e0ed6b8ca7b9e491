"""The requests of one model on their way: order, limit, retries, and a fuse."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from pytest_llmbench.generation.budget import Budget, Room
from pytest_llmbench.generation.live_endpoint import LiveEndpoint
from pytest_llmbench.generation.provider import AttemptError
from pytest_llmbench.generation.redaction import one_line, without_keys
from pytest_llmbench.generation.retry import RetryPolicy
from pytest_llmbench.vocabulary import Attempt, EndpointFailure, Generation, Request

__all__ = ["Lane", "Pending"]

_OF_THE_ENDPOINT = frozenset(
    {"connection", "timeout", "server_error", "rate_limited", "auth", "not_found"}
)
"""Failures that another endpoint of the model need not have."""
_OVERLOADED = frozenset({429, 503, 529})
_GATHER_S = 0.05
"""How long a sample waits for others of its problem to be asked for together."""


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
    tokens: int = 0
    """Estimated tokens of the input."""
    most_tokens: int | None = None
    """Most tokens of the output."""
    attempts: int = 0
    excused: int = 0
    """Attempts that failed for no fault of the request: they are no retries."""
    moves: int = 0
    """How often it went on to another endpoint."""
    endpoint: LiveEndpoint | None = None
    """Where the last attempt was sent."""
    first_sent_s: float = 0.0
    sent_s: float = 0.0
    """When the last attempt was sent."""
    tries: list[Attempt] = field(default_factory=list)
    started_at: str | None = None
    failure: EndpointFailure | None = None
    """Why the last attempt failed."""

    def __lt__(self, other: Pending) -> bool:
        return self.number < other.number

    def asks_the_same(self, other: Pending) -> bool:
        """Whether one request could ask for both samples."""
        ours, others = self.request, other.request
        return ours.messages == others.messages and replace(others, sample=ours.sample) == ours

    def tried(self, now_s: float, failure: EndpointFailure | None = None) -> None:
        """Note how the attempt that was sent last ended."""
        attempt = Attempt(
            at_s=self.sent_s - self.first_sent_s,
            duration_s=now_s - self.sent_s,
            failure=failure.kind if failure else None,
            status=failure.status if failure else None,
            request_id=failure.request_id if failure else None,
        )
        self.tries.append(attempt)


class Lane:
    """Send the requests of one model to its endpoints, lowest number first.

    Lives in the engine's loop; no other thread touches it. A request that waits for
    its retry gives its place to the next one, so that one unlucky request does not
    idle a place for half a minute. The exception is an endpoint that names the time
    until which it wants to be left alone (429 with Retry-After): whatever is sent
    before then is refused as well, so the whole endpoint pauses.

    Samples of one problem that wait together are asked for in one request, where model
    and server allow it. Such a group takes one place. When it fails, that counts for its
    first sample, and the others wait with it.

    Where there are several endpoints, a request that one of them fails goes on to
    another, and one that is dead is left out until a probe finds it alive.
    """

    def __init__(
        self,
        endpoints: Sequence[LiveEndpoint],
        *,
        policy: RetryPolicy,
        random: Callable[[], float],
        begin: Callable[[Pending], bool],
        settle: Callable[[Pending, Generation], None],
        budget: Budget | None = None,
    ) -> None:
        """`begin` says whether a request is still wanted; `settle` hands over its result."""
        self._loop = asyncio.get_running_loop()
        self._endpoints = endpoints
        self._policy = policy
        self._random = random
        self._begin = begin
        self._settle = settle
        self._queue: list[Pending] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._alarm: asyncio.TimerHandle | None = None
        """Wakes the lane when an endpoint is ready that is not now."""
        self._is_woken = False
        """Whether the queue is looked at in the next turn of the loop."""
        self._is_closed = False
        self._budget = budget
        if budget is not None:
            budget.listen(self._pump_soon)

    def add(self, job: Pending) -> None:
        """Queue a new request."""
        self._add([job])

    @property
    def in_flight(self) -> int:
        """How many requests wait for their answer; any thread may look."""
        return len(self._tasks)

    async def aclose(self) -> None:
        """Drop what is in flight and close the connections."""
        self._is_closed = True
        self._queue.clear()
        if self._alarm is not None:
            self._alarm.cancel()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for endpoint in self._endpoints:
            await endpoint.provider.aclose()

    def _add(self, jobs: Iterable[Pending]) -> None:
        if self._is_closed:
            return
        for job in jobs:
            # One that was in the queue before has been sent in between.
            job.ready_s = self._loop.time() if job.ready_s else job.submitted_s
            heapq.heappush(self._queue, job)
        self._pump_soon()

    def _pump_soon(self) -> None:
        """Look at the queue when all that happens in this turn of the loop has happened.

        More that asks the same may come, and more money that was held back.
        """
        if not self._is_woken:
            self._is_woken = True
            self._loop.call_soon(self._pump)

    def _pump(self) -> None:
        self._is_woken = False
        while self._queue and not self._is_closed:
            group = self._group()
            if group is None:
                return
            endpoint = self._choose(group)
            if endpoint is None:
                return
            room = self._budget.room(group[0].request) if self._budget else Room.NOW
            if room is Room.LATER:
                return  # until something in flight has cost less than it could
            job = heapq.heappop(self._queue)
            if not self._is_wanted(job):
                continue
            self._note_waiting(job)
            if self._budget is not None and room is Room.NEVER:
                self._give_up(job, job.failure or self._budget.refusal)
            elif refused := endpoint.breaker.admit():
                # A request that was sent before has a cause of its own to tell.
                self._give_up(job, job.failure or refused)
            else:
                self._send([job, *self._mates(group[1:], endpoint, job)], endpoint)

    def _group(self) -> list[Pending] | None:
        """Give the next request with others that ask the same; None where more may come."""
        first = self._queue[0]
        most = max(endpoint.samples_per_request for endpoint in self._endpoints)
        if most == 1:
            return [first]
        others = (job for job in self._queue if job is not first and not job.attempts)
        group = [first, *sorted(filter(first.asks_the_same, others))[: most - 1]]
        gathered_s = first.ready_s + _GATHER_S
        if len(group) < most and not first.attempts and self._loop.time() < gathered_s:
            self._wake_at(gathered_s)
            return None
        return group

    def _mates(
        self, candidates: Sequence[Pending], endpoint: LiveEndpoint, first: Pending
    ) -> list[Pending]:
        """Take out of the queue what goes with a request to an endpoint."""
        mates: list[Pending] = []
        for job in candidates[: endpoint.samples_per_request - 1]:
            if self._budget is not None and not self._budget.has_room_for(
                [each.request for each in (first, *mates, job)]
            ):
                break
            self._queue.remove(job)
            heapq.heapify(self._queue)
            if self._is_wanted(job):
                self._note_waiting(job)
                mates.append(job)
        return mates

    def _is_wanted(self, job: Pending) -> bool:
        return job.future.running() or self._begin(job)

    def _note_waiting(self, job: Pending) -> None:
        waited_s = max(0.0, self._loop.time() - job.ready_s)
        job.queued_s += waited_s
        if job.attempts:
            job.requeued_s += waited_s

    def _choose(self, group: Sequence[Pending]) -> LiveEndpoint | None:
        """Give the endpoint that takes a group now; None where it has to wait.

        Where all are down, it is one of them, which will refuse.
        """
        alive = [endpoint for endpoint in self._endpoints if endpoint.breaker.is_passable]
        if not alive:
            return self._endpoints[0]
        with_place = [endpoint for endpoint in alive if endpoint.has_place]
        if not with_place:
            return None  # until one of them has answered
        ready_s = {id(each): each.ready_s(_tokens_of(group, each)) for each in with_place}
        now_s = self._loop.time()
        ready = [endpoint for endpoint in with_place if ready_s[id(endpoint)] <= now_s]
        if not ready:
            self._wake_at(min(ready_s.values()))
            return None
        return min(
            ready,
            key=lambda each: (each is group[0].endpoint, each.in_flight / each.limit.places),
        )

    def _wake_at(self, when_s: float) -> None:
        if self._alarm is not None:
            if self._alarm.when() <= when_s and not self._alarm.cancelled():
                return
            self._alarm.cancel()
        self._alarm = self._loop.call_at(when_s, self._wake)

    def _wake(self) -> None:
        self._alarm = None
        self._pump()

    def _send(self, group: list[Pending], endpoint: LiveEndpoint) -> None:
        for job in group:
            if self._budget is not None:
                self._budget.sent(job.request)
            job.endpoint = endpoint
        number = endpoint.limit.sent()
        endpoint.in_flight += 1
        endpoint.allowance.sent(number, _tokens_of(group, endpoint), self._loop.time())
        task = self._loop.create_task(self._attempt(group, endpoint, number))
        self._tasks.add(task)
        task.add_done_callback(self._end)

    def _end(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._pump()

    async def _attempt(self, group: list[Pending], endpoint: LiveEndpoint, number: int) -> None:
        for job in group:
            job.sent_s = self._loop.time()
            if not job.attempts:
                job.first_sent_s = job.sent_s
                job.started_at = datetime.now(UTC).isoformat(timespec="milliseconds")
        group[0].attempts += 1  # that of the others counts if it succeeds
        try:
            generations = await endpoint.generate([job.request for job in group])
        except AttemptError as error:
            self._fail(group, endpoint, number, error)
        except asyncio.CancelledError:
            if self._is_closed:
                raise
            # A library cancelled itself; without an answer somebody would wait for ever.
            failure = EndpointFailure(kind="internal", message="the attempt was cancelled")
            self._fail(group, endpoint, number, AttemptError(failure, retryable=False))
        except Exception as error:  # a provider's bug must not take the run down
            message = one_line(f"{type(error).__name__}: {error}", _secrets_of(group[0].request))
            failure = EndpointFailure(kind="internal", message=message)
            self._fail(group, endpoint, number, AttemptError(failure, retryable=False))
        else:
            self._succeed(group, endpoint, number, generations)

    def _succeed(
        self,
        group: list[Pending],
        endpoint: LiveEndpoint,
        number: int,
        generations: list[Generation],
    ) -> None:
        endpoint.in_flight -= 1
        endpoint.limit.answered(number)
        usages = [generation.usage for generation in generations]
        endpoint.allowance.came(
            number,
            _sum(usage.input_tokens for usage in usages),
            _sum(usage.output_tokens for usage in usages),
            samples=len(usages),
        )
        endpoint.breaker.succeeded()
        for job in group[1 : len(generations)]:
            job.attempts += 1
        for job, generation in zip(group, generations, strict=False):
            job.tried(self._loop.time())
            self._pay(job, generation)
            self._settle(job, self._completed(job, generation))
        left_out = group[len(generations) :]
        if self._budget is not None:
            for job in left_out:
                self._budget.unanswered(job.request)
        self._add(left_out)

    def _pay(self, job: Pending, generation: Generation) -> None:
        if self._budget is not None:
            self._budget.came(job.request, generation)

    def _fail(
        self, group: list[Pending], endpoint: LiveEndpoint, number: int, error: AttemptError
    ) -> None:
        job = group[0]
        failure = job.failure = error.failure
        endpoint.in_flight -= 1
        endpoint.allowance.refused(number)
        for each in group:
            self._pay(each, Generation(failure=failure))
        limit = endpoint.limit
        if _is_overload(error) and not limit.refused(number) and limit.is_of_use:
            # It was sent together with others before the endpoint said how much it
            # takes: that is no fault of the request, and costs it no retry.
            job.excused += 1
        now_s = self._loop.time()
        job.tried(now_s, error.failure)
        wait_s = self._policy.wait_s(
            error,
            attempt=job.attempts - job.excused,
            elapsed_s=now_s - job.first_sent_s - job.requeued_s,
            random=self._random,
        )
        if failure.kind == "rate_limited" and error.retry_after_s and wait_s is not None:
            endpoint.paused_until_s = max(endpoint.paused_until_s, now_s + error.retry_after_s)
        if len(self._endpoints) > 1 and failure.kind in _OF_THE_ENDPOINT:
            endpoint.breaker.failed(failure)
            if self._can_move(job, endpoint):
                job.excused += 1
                job.moves += 1
                wait_s = 0.0
        elif wait_s is None:
            endpoint.breaker.failed(failure)
        if wait_s is None:
            self._give_up(job, failure)
            self._add(group[1:])
        else:
            self._loop.call_later(wait_s, self._add, group)

    def _can_move(self, job: Pending, endpoint: LiveEndpoint) -> bool:
        """Whether another endpoint may do what this one could not."""
        others = [each for each in self._endpoints if each is not endpoint]
        is_any_alive = any(each.breaker.is_passable for each in others)
        return is_any_alive and job.moves < 2 * len(self._endpoints)

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
            tries=tuple(job.tries),
            started_at=job.started_at,
            endpoint=job.endpoint.address if job.endpoint and len(self._endpoints) > 1 else None,
        )


def _tokens_of(group: Sequence[Pending], endpoint: LiveEndpoint) -> float:
    return sum(endpoint.tokens_of(job.tokens, job.most_tokens) for job in group)


def _sum(counts: Iterable[int | None]) -> int | None:
    known = [*counts]
    return None if None in known else sum(count or 0 for count in known)


def _is_overload(error: AttemptError) -> bool:
    """Whether the endpoint had more to do than it can, and not something else."""
    return error.failure.kind == "rate_limited" or error.failure.status in _OVERLOADED


def _masked(text: str | None, secrets: list[str]) -> str | None:
    return None if text is None else one_line(text, secrets)


def _secrets_of(request: Request) -> list[str]:
    model = request.model
    secrets = [model.api_key, *model.headers.values(), *model.secrets]
    for endpoint in model.endpoints:
        secrets += [endpoint.api_key, *endpoint.headers.values()]
    return [secret.reveal() for secret in secrets if secret]
