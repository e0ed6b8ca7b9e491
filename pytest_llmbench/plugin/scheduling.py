"""Which xdist worker runs what, where workers hold models themselves.

xdist's own schedulers know nothing of models: on two workers, with two models and the
items in the order of problems, each item would load the other model. This one keeps a
worker on the model that it has, and gives it another one only when that pays.
"""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import pytest
from xdist.report import report_collection_diff  # type: ignore[import-untyped]
from xdist.workermanage import parse_tx_spec_config  # type: ignore[import-untyped]

__all__ = ["ModelScheduling", "Node", "worker_count"]

_LEAST = 2
"""A worker needs the item after the one that it runs, to tear down the right fixtures."""
_FIRST_GUESS_S = 10.0
"""How long loading a model may take, before one was seen."""


def worker_count(config: pytest.Config) -> int:
    """How many workers a session begins with."""
    return len(parse_tx_spec_config(config))


class Node(Protocol):
    """What this uses of xdist's WorkerController."""

    @property
    def gateway(self) -> Any: ...

    @property
    def shutting_down(self) -> bool: ...

    def send_runtest_some(self, indices: Sequence[int]) -> None: ...

    def shutdown(self) -> None: ...


@dataclass(eq=False)
class _Worker:
    model: str | None = None
    """The model that it has loaded, or is about to."""
    pending: list[int] = field(default_factory=list)
    """Items that it was given and has not finished; it runs the first."""
    is_fresh: bool = True
    """Whether its first item of the model has not come back yet."""
    since_s: float = 0.0
    """When the last item came back, or the model was given."""


@dataclass(eq=False)
class _Pace:
    """How long a model takes, as far as it was seen."""

    items: int = 0
    seconds: float = 0.0
    load_s: float = _FIRST_GUESS_S

    @property
    def item_s(self) -> float:
        return self.seconds / self.items if self.items else 0.0


class ModelScheduling:
    """A scheduler for xdist (`xdist.scheduler.protocol.Scheduling`); main thread only.

    Items wait in one queue for each model, and one for all that need no model here. A
    worker gets as many as it needs to fill its batches, fewer towards the end, so that
    nothing has to be taken away from it again.
    """

    def __init__(
        self,
        workers: int,
        *,
        model_of: Callable[[int], str | None],
        window: Callable[[str | None], int],
        may_hold: Callable[[Node, str], bool] = lambda node, model: True,  # noqa: ARG005
        on_given: Callable[[Node, Sequence[int]], None] = lambda node, items: None,  # noqa: ARG005
        on_difference: Callable[[pytest.CollectReport], object] = lambda report: None,  # noqa: ARG005
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`workers` are waited for before anything is dealt.

        `model_of` gives the model that an item's worker has to hold; None: it needs none.

        `window` says how many items of a model a worker can make use of at once,
        `may_hold` whether a worker may have a model. `on_given` hears which items a worker
        was given, before the worker does; `on_difference` that workers collected other items.
        """
        self._count = workers
        self._on_difference = on_difference
        self._model_of = model_of
        self._window = window
        self._may_hold = may_hold
        self._on_given = on_given
        self._clock = clock
        self._workers: dict[Node, _Worker] = {}
        self._collections: dict[Node, Sequence[str]] = {}
        self._collection: Sequence[str] | None = None
        self._queues: dict[str | None, deque[int]] = {}
        self._paces: dict[str, _Pace] = {}

    # -- what xdist asks ------------------------------------------------------------------

    @property
    def nodes(self) -> list[Node]:
        return list(self._workers)

    @property
    def collection_is_completed(self) -> bool:
        return len(self._collections) >= self._count

    @property
    def tests_finished(self) -> bool:
        is_idle = all(len(worker.pending) < _LEAST for worker in self._workers.values())
        return self.collection_is_completed and not any(self._queues.values()) and is_idle

    @property
    def has_pending(self) -> bool:
        return any(self._queues.values()) or any(each.pending for each in self._workers.values())

    # -- what xdist tells -----------------------------------------------------------------

    def add_node(self, node: Node) -> None:
        self._workers[node] = _Worker(since_s=self._clock())

    def add_node_collection(self, node: Node, collection: Sequence[str]) -> None:
        self._collections[node] = tuple(collection)

    def schedule(self) -> None:
        """Deal the items: at the start, and when a worker joined in place of a dead one."""
        if self._collection is None:
            first, *others = self._collections.items()
            if not all(self._is_same(first, other) for other in others):
                return
            self._collection = first[1]
            for item in range(len(self._collection)):
                self._queues.setdefault(self._model_of(item), deque()).append(item)
        self._refill_all()

    def mark_test_complete(
        self,
        node: Node,
        item_index: int,
        duration: float = 0,  # noqa: ARG002 - it leaves out what the worker waited for
    ) -> None:
        worker = self._workers[node]
        worker.pending.remove(item_index)
        self._learn(worker, item_index)
        self._refill_all()

    def mark_test_pending(self, item: str) -> None:
        assert self._collection is not None
        self._put_back([self._collection.index(item)])
        self._refill_all()

    def remove_pending_tests_from_node(self, node: Node, indices: Sequence[int]) -> None:
        """Never told: nothing is taken away from a worker."""
        raise NotImplementedError

    def remove_node(self, node: Node) -> str | None:
        """Take a worker out; give the item that it died of, if it did."""
        worker = self._workers.pop(node)
        if not worker.pending or self._collection is None:
            return None
        crashed, *rest = worker.pending
        self._put_back(rest)
        self._refill_all()
        return self._collection[crashed]

    # -- dealing --------------------------------------------------------------------------

    def _is_same(self, one: tuple[Node, Sequence[str]], other: tuple[Node, Sequence[str]]) -> bool:
        difference = report_collection_diff(
            one[1], other[1], one[0].gateway.id, other[0].gateway.id
        )
        if difference:
            report = pytest.CollectReport(
                nodeid=other[0].gateway.id, outcome="failed", longrepr=difference, result=[]
            )
            self._on_difference(report)
        return not difference

    def _put_back(self, items: Iterable[int]) -> None:
        for item in sorted(items, reverse=True):
            self._queues.setdefault(self._model_of(item), deque()).appendleft(item)

    def _refill_all(self) -> None:
        # The idlest first: it is the one that would wait.
        for node, worker in sorted(self._workers.items(), key=lambda pair: len(pair[1].pending)):
            if node in self._collections and not node.shutting_down:
                self._refill(node, worker)

    def _refill(self, node: Node, worker: _Worker) -> None:
        given: list[int] = []
        while True:
            held = len(worker.pending) + len(given)
            queue = self._queue_for(node, worker, held)
            if queue is None:
                break
            room = self._share(worker.model if queue is not self._queues.get(None) else None) - held
            if room <= 0 and held >= _LEAST:
                break
            for _ in range(min(len(queue), max(room, _LEAST - held))):
                given.append(queue.popleft())
        if given:
            self._on_given(node, given)
            worker.pending += given
            node.send_runtest_some(given)
        elif len(worker.pending) < _LEAST and self._collection is not None:
            # Nothing will come for it: without this it would wait for a next item.
            node.shutdown()

    def _queue_for(self, node: Node, worker: _Worker, held: int) -> deque[int] | None:
        """Give the queue to serve a worker from, having changed its model where that pays."""
        if queue := self._queues.get(worker.model):
            return queue
        if held < _LEAST:
            model = self._next_model(node)
            if model is not None:
                worker.model, worker.is_fresh = model, True
                worker.since_s = self._clock()
                return self._queues[model]
        return self._queues.get(None) or None

    def _next_model(self, node: Node) -> str | None:
        """Give a model that nobody has, or the one with most to do where helping pays."""
        owners = self._owners()
        best: tuple[bool, float, str] | None = None
        for model, queue in self._queues.items():
            if model is None or not queue or not self._may_hold(node, model):
                continue
            sharers = owners.get(model, 0)
            pace = self._paces.setdefault(model, _Pace())
            if sharers and pace.items and len(queue) * pace.item_s / sharers <= pace.load_s:
                continue  # they will be done before it is loaded
            wish = (sharers == 0, len(queue) / (sharers + 1), model)
            best = max(best, wish) if best else wish
        return best[2] if best else None

    def _owners(self) -> Mapping[str, int]:
        """Count the workers that have each model and can still be given something."""
        owners: dict[str, int] = {}
        for node, worker in self._workers.items():
            if worker.model is not None and not node.shutting_down:
                owners[worker.model] = owners.get(worker.model, 0) + 1
        return owners

    def _share(self, model: str | None) -> int:
        """How many items a worker may hold: a window, or its part of what is left."""
        left = len(self._queues.get(model, ()))
        sharers = len(self._workers) if model is None else max(1, self._owners().get(model, 1))
        return max(_LEAST, min(self._window(model), math.ceil(left / sharers)))

    def _learn(self, worker: _Worker, item: int) -> None:
        model = self._model_of(item)
        now_s = self._clock()
        if model is not None and model == worker.model:
            pace = self._paces.setdefault(model, _Pace())
            if worker.is_fresh:
                pace.load_s = now_s - worker.since_s
            else:
                pace.items += 1
                pace.seconds += now_s - worker.since_s
            worker.is_fresh = False
        worker.since_s = now_s
