"""The thread that runs a model in this process: who waits is answered together."""

from __future__ import annotations

import asyncio
import atexit
import gc
import os
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import TYPE_CHECKING

from pytest_llmbench.errors import ConfigError
from pytest_llmbench.generation.provider import AttemptError
from pytest_llmbench.generation.providers.huggingface_sampling import Choosing, choosing
from pytest_llmbench.generation.redaction import one_line
from pytest_llmbench.vocabulary import EndpointFailure, Generation, Model, Request

if TYPE_CHECKING:
    from pytest_llmbench.generation.providers.huggingface_conversation import Conversation
    from pytest_llmbench.generation.providers.huggingface_weights import Weights

__all__ = ["Asked", "Worker"]

_GATHERING_S = 0.02
"""How long the first request waits for others that are sent at the same moment."""
_TURN_LOOKED_AT_S = 0.1
_AWAITED_AT_EXIT_S = 30.0
"""PyTorch ends a process with SIGABRT whose interpreter ends while it still computes."""


@dataclass(slots=True, kw_only=True, eq=False)
class Asked:
    """One request, and whoever waits for its generation in the engine's loop."""

    request: Request
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Generation]
    since_s: float = field(default_factory=perf_counter)

    def answer(self, result: Generation | Exception) -> None:
        """Hand over the first result that there is; called in any thread."""
        try:
            self.loop.call_soon_threadsafe(self._resolve, result)
        except RuntimeError:  # the loop is closed, and nobody waits
            return

    def _resolve(self, result: Generation | Exception) -> None:
        if self.future.done():
            return
        if isinstance(result, Exception):
            self.future.set_exception(result)
        else:
            self.future.set_result(result)


@dataclass(slots=True, kw_only=True, eq=False)
class _Begun:
    """A request whose prompt is made."""

    asked: Asked
    conversation: Conversation
    is_open: bool = True

    def finish(self, choosing: Choosing) -> None:
        self.is_open = False
        self.asked.answer(self.conversation.generation(choosing, since_s=self.asked.since_s))

    def fail(self, failure: EndpointFailure) -> None:
        if self.is_open:
            self.is_open = False
            self.asked.answer(AttemptError(failure, retryable=False))


class Worker:
    """Load the weights when the first request comes, and answer in batches.

    What waits while a batch runs is the next one. A batch that is too large for the
    memory is halved, and no later one is larger.
    """

    def __init__(self, model: Model, check: Callable[[Model], None]) -> None:
        """`check` raises ConfigError where the machine lacks something."""
        self._model = model
        self._check = check
        self._changed = threading.Condition()
        """Guards the next three."""
        self._waiting: list[Asked] = []
        self._thread: threading.Thread | None = None
        self._is_closed = False
        # What follows only the thread touches.
        self._weights: Weights | None = None
        self._failure: EndpointFailure | None = None
        self._most: int | None = None

    def ask(self, asked: Asked) -> None:
        """Queue a request; never blocks."""
        with self._changed:
            self._waiting.append(asked)
            if self._thread is None:
                name = f"llm-{self._model.type}"
                self._thread = threading.Thread(target=self._run, name=name, daemon=True)
                atexit.register(self.close, _AWAITED_AT_EXIT_S)
                self._thread.start()
            self._changed.notify()

    def close(self, timeout_s: float) -> None:
        """Stop what runs and wait for its end; what is being loaded is loaded first."""
        with self._changed:
            self._is_closed = True
            thread = self._thread
            self._changed.notify()
        if thread is not None:
            thread.join(timeout_s)

    def _stopped(self) -> bool:
        return self._is_closed

    def _run(self) -> None:
        try:
            self._check(self._model)
        except ConfigError as error:  # seen before the session began, unless answers are reused
            self._failure = EndpointFailure(kind="missing", message=one_line(str(error)))
        else:
            _import_torch()
        while batch := self._gather():
            try:
                if self._failure is None:
                    self._serve(batch)
            except Exception as error:  # a bug must reach whoever waits
                for asked in batch:
                    asked.answer(error)
            if self._failure is not None:
                for asked in batch:
                    asked.answer(AttemptError(self._failure, retryable=False))
        self._weights = None  # others may have them too
        atexit.unregister(self.close)

    def _gather(self) -> list[Asked]:
        """Wait for requests; none: it is closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._is_closed)
            self._changed.wait_for(self._stopped, _GATHERING_S)
            batch, self._waiting = self._waiting, []
            return [] if self._is_closed else batch

    def _serve(self, batch: Sequence[Asked]) -> None:
        from pytest_llmbench.generation.providers.huggingface_weights import TURN

        while not TURN.acquire(timeout=_TURN_LOOKED_AT_S):
            if self._is_closed:
                return
        try:
            if weights := self._load():
                self._answer(batch, weights)
        finally:
            TURN.release()

    def _load(self) -> Weights | None:
        """Give the weights; `None` where they cannot be had, which is tried once."""
        if self._weights is None:
            from pytest_llmbench.generation.providers import huggingface_weights as weights

            try:
                self._weights = weights.weights_of(weights.Source.of(self._model))
            except Exception as error:  # whatever transformers and the Hub raise
                self._failure = weights.load_failure(error)
        return self._weights

    def _answer(self, batch: Sequence[Asked], weights: Weights) -> None:
        chosen = choosing(self._model.sampling, weights.settings)
        waiting = [begun for asked in batch if (begun := _begin(asked, weights)) is not None]
        while waiting and not self._is_closed:
            self._continue(waiting[: self._most], weights, chosen)
            waiting = [each for each in waiting if each.is_open]

    def _continue(self, part: Sequence[_Begun], weights: Weights, chosen: Choosing) -> None:
        """Run one batch; what it could not answer for want of memory stays open."""
        from pytest_llmbench.generation.providers import huggingface_batch as batch

        of_row = {id(each.conversation.row): each for each in part}
        try:
            batch.continue_rows(
                weights,
                [each.conversation.row for each in part],
                choosing=chosen,
                stop=self._model.sampling.stop,
                is_stopped=self._stopped,
                on_finished=lambda row: of_row[id(row)].finish(chosen),
            )
            return
        except batch.StoppedError:
            return
        except Exception as error:
            failure = self._failure_of(error, len(part))
        if failure is not None:
            for each in part:
                each.fail(failure)
        gc.collect()  # the traceback is gone, which held the batch's memory
        batch.free_memory()

    def _failure_of(self, error: Exception, size: int) -> EndpointFailure | None:
        """Say why a batch cannot be run; `None`: a smaller one may."""
        from pytest_llmbench.generation.providers import huggingface_batch as batch

        if isinstance(error, batch.BrokenScoresError):
            message = "the model computes no numbers (NaN): try `dtype: bfloat16` or `float32`"
            return EndpointFailure(kind="server_error", message=message)
        if not batch.is_out_of_memory(error):
            message = one_line(f"{type(error).__name__}: {error}")
            return EndpointFailure(kind="internal", message=message)
        if size > 1:
            self._most = size // 2
            return None
        message = "out of memory with a single request; a smaller `max_new_tokens` needs less"
        return EndpointFailure(kind="server_error", message=message)


def _import_torch() -> None:
    """Import PyTorch such that its threads sleep while they wait for each other.

    By default they spin, and the answers that are judged on the same cores slow each step
    down: by seven times on two busy ones. libgomp reads the variable when it is loaded.
    """
    name = "OMP_WAIT_POLICY"
    if "torch" in sys.modules or name in os.environ:
        return
    os.environ[name] = "passive"
    try:
        import torch  # noqa: F401
    finally:
        del os.environ[name]


def _begin(asked: Asked, weights: Weights) -> _Begun | None:
    """Make a request's prompt; `None` where it is answered without the model."""
    from pytest_llmbench.generation.providers.huggingface_conversation import begin

    try:
        begun = begin(asked.request, weights)
    except AttemptError as error:
        asked.answer(error)
        return None
    if isinstance(begun, Generation):
        asked.answer(begun)
        return None
    return _Begun(asked=asked, conversation=begun)
