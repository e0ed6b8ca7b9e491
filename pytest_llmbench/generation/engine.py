"""Many requests in flight, from a test run that does one thing at a time."""

from __future__ import annotations

import asyncio
import contextlib
import random
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future, InvalidStateError

from pytest_llmbench.generation.budget import Budget
from pytest_llmbench.generation.estimates import estimated_tokens, most_output_tokens
from pytest_llmbench.generation.lag import LagMeter, Overhead
from pytest_llmbench.generation.lane import Lane, Pending
from pytest_llmbench.generation.live_endpoint import LiveEndpoint
from pytest_llmbench.generation.provider import CANCELLED, Provider
from pytest_llmbench.generation.registry import make_provider
from pytest_llmbench.generation.retry import RetryPolicy
from pytest_llmbench.models.endpoints import endpoint_models
from pytest_llmbench.vocabulary import Generation, Model, Request

__all__ = ["Engine"]

_LaneKey = tuple[str, str, str, str | None]


class Engine:
    """Ask models from one background thread, within each model's limit.

    `submit` may be called from any thread and never blocks. Trouble with an endpoint
    comes back as a `Generation` with a `failure`; a future holds an exception only
    for a mistake on our side (a model that cannot be asked at all, a journal that
    cannot be written). The thread starts with the first request.
    """

    def __init__(
        self,
        default_concurrency: int,
        *,
        on_generation: Callable[[Request, Generation], None] | None = None,
        recorded: Callable[[Request], Generation | None] = lambda _: None,
        budget: Budget | None = None,
        make_provider: Callable[[Model], Provider] = make_provider,
        retry_policy: RetryPolicy | None = None,
        random: Callable[[], float] = random.random,
    ) -> None:
        """`on_generation` runs in the engine's thread, before the future resolves.

        It is the place for a journal: what it has seen is on disk before anything
        else can be done with it. It is not called for cancelled requests.

        `recorded` may know a request's generation already; then nothing is sent. It is
        asked in the thread that submits.
        """
        if default_concurrency < 1:
            raise ValueError(f"default_concurrency must be at least 1, not {default_concurrency}")
        self._default_concurrency = default_concurrency
        self._on_generation = on_generation
        self._recorded = recorded
        self._budget = budget
        self._make_provider = make_provider
        self._policy = retry_policy or RetryPolicy()
        self._random = random
        self._lanes: dict[_LaneKey, Lane] = {}
        """Changed by the engine's thread only, like all that hangs on it."""
        self._lag = LagMeter(lambda: bool(self._unresolved))

        self._lock = threading.Lock()
        """Guards everything below; held for a few instructions at a time."""
        self._inbox: deque[Pending] = deque()
        self._unresolved: set[Pending] = set()
        self._submitted = 0
        self._expected: tuple[Model, ...] = ()
        """Models whose lanes are made before the first request."""
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._is_closed = False

    def warm_up(self, models: Iterable[Model]) -> None:
        """Import what asking these models needs, beside whatever else is being done now.

        Sends nothing. What goes wrong is told to whoever asks.
        """
        expected = tuple(models)
        with self._lock:
            if expected and self._thread is None and not self._is_closed:
                self._expected = expected
                self._start()

    def _start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="llm-engine", daemon=True)
        self._thread.start()

    def submit(self, request: Request) -> Future[Generation]:
        """Queue a request; its future resolves with what came back.

        Requests of one model are sent in the order of submission, but samples that one
        request can ask for go with the first of them. Cancelling the
        future of a request that has not been sent takes it out of the queue.
        """
        if (generation := self._recorded(request)) is not None:
            return self._already(request, generation)
        with self._lock:
            job = Pending(
                request=request,
                number=self._submitted,
                submitted_s=time.monotonic(),
                tokens=estimated_tokens(request),
                most_tokens=most_output_tokens(request.model),
            )
            self._submitted += 1
            if self._is_closed:
                job.future.set_result(_cancelled(job))
                return job.future
            self._unresolved.add(job)
            self._inbox.append(job)
            if self._thread is None:
                self._start()
            elif self._loop is not None and len(self._inbox) == 1:
                # Waking the loop costs a system call; a full inbox has woken it already.
                self._loop.call_soon_threadsafe(self._receive)
        return job.future

    def overhead(self) -> Overhead | None:
        """Say what the client itself cost; None where nothing took long enough to tell."""
        return self._lag.overhead(self._submitted)

    def _already(self, request: Request, generation: Generation) -> Future[Generation]:
        future: Future[Generation] = Future()
        try:
            if self._on_generation is not None:
                self._on_generation(request, generation)
        except Exception as error:  # as in `_settle`
            future.set_exception(error)
        else:
            future.set_result(generation)
        return future

    def in_flight(self) -> dict[str, int]:
        """Count the requests that wait for their answer now, by model; from any thread."""
        counts: dict[str, int] = {}
        for (name, *_), lane in self._lanes.copy().items():
            counts[name] = counts.get(name, 0) + lane.in_flight
        return counts

    def close(self, timeout_s: float = 2.0) -> None:
        """Drop what is in flight, close connections, resolve every pending future.

        Returns within `timeout_s` even if a connection does not let itself be closed;
        the thread is a daemon. Calling it again does nothing.
        """
        with self._lock:
            if self._is_closed:
                return
            self._is_closed = True
            thread = self._thread
            unresolved = list(self._unresolved)
            if self._loop is not None and self._stop is not None:
                self._loop.call_soon_threadsafe(self._stop.set)
        for job in unresolved:
            self._resolve(job, _cancelled(job))
        if thread is not None and thread is not threading.current_thread():
            thread.join(timeout_s)

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        for model in self._expected:
            with contextlib.suppress(Exception):
                self._lane_of(model)
        stop = asyncio.Event()
        with self._lock:
            self._loop = asyncio.get_running_loop()
            self._stop = stop
            if self._is_closed:
                return
        self._receive()
        meter = asyncio.create_task(self._lag.run())
        await stop.wait()
        meter.cancel()
        with self._lock:
            self._loop = None
        closing = [lane.aclose() for lane in self._lanes.values()]
        await asyncio.gather(*closing, return_exceptions=True)

    def _receive(self) -> None:
        while True:
            with self._lock:
                jobs, self._inbox = self._inbox, deque()
            if not jobs:
                return
            for job in jobs:
                try:
                    lane = self._lane_of(job.request.model)
                except Exception as error:  # it belongs to whoever waits
                    self._resolve(job, error)
                else:
                    lane.add(job)

    def _lane_of(self, model: Model) -> Lane:
        # By name, not by identity: equal models may reach us as several copies.
        key = (model.name, model.type, model.model, model.base_url)
        lane = self._lanes.get(key)
        if lane is None:
            clock = asyncio.get_running_loop().time
            endpoints = [
                LiveEndpoint(
                    each,
                    self._make_provider(each),
                    ceiling=each.concurrency or self._default_concurrency,
                    cooldown_s=self._policy.cooldown_s,
                    clock=clock,
                )
                for each in endpoint_models(model)
            ]
            lane = self._lanes[key] = Lane(
                endpoints,
                policy=self._policy,
                random=self._random,
                begin=self._begin,
                settle=self._settle,
                budget=self._budget,
            )
        return lane

    def _begin(self, job: Pending) -> bool:
        """Say whether a request is to be sent; from then on it cannot be cancelled."""
        with self._lock:
            if job not in self._unresolved:
                return False
            if job.future.set_running_or_notify_cancel():
                return True
            self._unresolved.discard(job)
            return False

    def _settle(self, job: Pending, generation: Generation) -> None:
        """Journal a generation and hand it over."""
        with self._lock:
            is_wanted = job in self._unresolved
        if not is_wanted:
            return
        if self._on_generation is not None:
            try:
                self._on_generation(job.request, generation)
            except Exception as error:  # a full disk must reach the run
                self._resolve(job, error)
                return
        self._resolve(job, generation)

    def _resolve(self, job: Pending, result: Generation | Exception) -> None:
        """Resolve a future once; the engine's thread and `close` may race for it."""
        with self._lock:
            if job not in self._unresolved:
                return
            self._unresolved.discard(job)
        with contextlib.suppress(InvalidStateError):  # it was cancelled by its owner
            if isinstance(result, Exception):
                job.future.set_exception(result)
            else:
                job.future.set_result(result)


def _cancelled(job: Pending) -> Generation:
    return Generation(failure=CANCELLED, attempts=job.attempts, started_at=job.started_at)
