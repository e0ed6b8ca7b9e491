"""The scheduler that keeps workers on their models, against a simulated xdist."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_llmbench.plugin.scheduling import ModelScheduling


@dataclass(eq=False)
class Fake:
    """A worker as xdist's controller sees it, and what a real one would do."""

    name: str
    queue: list[int] = field(default_factory=list)
    shutting_down: bool = False
    is_busy: bool = False
    model: str | None = None
    loads: int = 0
    slowness: float = 1.0

    @property
    def gateway(self) -> Any:
        return SimpleNamespace(id=self.name)

    def send_runtest_some(self, indices: Sequence[int]) -> None:
        assert not self.shutting_down
        self.queue += indices

    def shutdown(self) -> None:
        self.shutting_down = True


class Simulation:
    """Runs items as workers do: one after the other, never the last without a shutdown."""

    def __init__(
        self,
        models: Sequence[str | None],
        workers: int,
        *,
        load_s: float = 3.0,
        item_s: float = 0.05,
        die: Callable[[int, int], bool] = lambda item, tries: False,
        **more: Any,
    ) -> None:
        self.models = models
        self.load_s, self.item_s, self.die = load_s, item_s, die
        self.now_s = 0.0
        self.ran: Counter[int] = Counter()
        self.tries: Counter[int] = Counter()
        self.all: list[Fake] = []
        self.scheduler = ModelScheduling(
            workers,
            model_of=lambda item: models[item],
            window=lambda model: 8,
            clock=lambda: self.now_s,
            **more,
        )
        self.ids = [f"t[{number}]" for number in range(len(models))]
        for number in range(workers):
            self.join(f"gw{number}")
        self.events: list[tuple[float, int, Fake]] = []

    def join(self, name: str) -> Fake:
        worker = Fake(name)
        self.all.append(worker)
        self.scheduler.add_node(worker)
        self.scheduler.add_node_collection(worker, self.ids)
        return worker

    def run(self) -> None:
        self.scheduler.schedule()
        for _ in range(20 * len(self.models) + 100):
            for worker in self.all:
                self.start(worker)
            if self.scheduler.tests_finished:
                for worker in self.all:
                    worker.shutting_down = True
            if not self.events:
                if not any(worker.queue for worker in self.all):
                    return
                if not self.scheduler.tests_finished:
                    raise AssertionError("everybody waits for somebody")
                continue
            self.now_s, _, worker = heapq.heappop(self.events)
            self.finish(worker)
        raise AssertionError("no end")

    def start(self, worker: Fake) -> None:
        is_able = len(worker.queue) >= 2 or (worker.queue and worker.shutting_down)
        if worker.is_busy or not is_able or worker not in self.scheduler.nodes:
            return
        worker.is_busy = True
        model = self.models[worker.queue[0]]
        seconds = self.item_s * worker.slowness
        if model is not None and model != worker.model:
            worker.model, worker.loads = model, worker.loads + 1
            seconds += self.load_s
        heapq.heappush(self.events, (self.now_s + seconds, len(self.ran) + id(worker), worker))

    def finish(self, worker: Fake) -> None:
        worker.is_busy = False
        item = worker.queue[0]
        self.tries[item] += 1
        if self.die(item, self.tries[item]):
            worker.queue.clear()
            worker.shutting_down = True
            crashed = self.scheduler.remove_node(worker)
            assert crashed == self.ids[item]
            self.scheduler.mark_test_pending(crashed)
            self.join(f"gw{len(self.all)}")
            self.scheduler.schedule()
            return
        worker.queue.pop(0)
        self.ran[item] += 1
        self.scheduler.mark_test_complete(worker, item, 0.0)

    @property
    def loads(self) -> int:
        return sum(worker.loads for worker in self.all)


def problem_major(problems: int, *models: str) -> list[str | None]:
    return [model for _ in range(problems) for model in models]


def model_major(problems: int, *models: str) -> list[str | None]:
    return [model for model in models for _ in range(problems)]


@pytest.mark.parametrize("order", [problem_major, model_major])
def test_two_workers_load_two_models_once_each(order: Callable[..., list[str | None]]) -> None:
    simulation = Simulation(order(164, "a", "b"), 2)
    simulation.run()

    assert simulation.loads == 2
    assert simulation.now_s == pytest.approx(3 + 164 * 0.05, rel=0.1)
    assert set(simulation.ran.values()) == {1}


def test_a_third_worker_helps() -> None:
    simulation = Simulation(problem_major(400, "a", "b"), 3)
    simulation.run()

    assert simulation.loads <= 5
    assert simulation.now_s < 1.3 * (3 + 800 * 0.05 / 3)


def test_one_worker_runs_one_model_after_the_other() -> None:
    simulation = Simulation(problem_major(50, "a", "b", "c"), 1)
    simulation.run()

    assert simulation.loads == 3


def test_all_workers_share_one_model() -> None:
    simulation = Simulation(model_major(200, "a"), 4)
    simulation.run()

    assert simulation.loads == 4
    assert simulation.now_s == pytest.approx(3 + 200 * 0.05 / 4, rel=0.2)


def test_nobody_loads_a_model_for_the_last_few_items() -> None:
    """The slow model is left when the quick one is done; loading it takes longer than it."""
    items = [*model_major(20, "a"), *model_major(60, "b")]
    simulation = Simulation(items, 2, load_s=30.0)
    simulation.run()

    assert simulation.loads == 2


def test_help_comes_where_it_pays() -> None:
    items = [*model_major(20, "a"), *model_major(2000, "b")]
    simulation = Simulation(items, 2)
    simulation.run()

    assert simulation.loads == 3
    assert simulation.now_s < 0.7 * 2000 * 0.05


def test_a_slow_worker_gets_less() -> None:
    simulation = Simulation(model_major(600, "a"), 2)
    simulation.all[0].slowness = 3.0
    simulation.run()

    assert simulation.now_s == pytest.approx(3 + 600 * 0.05 * 3 / 4, rel=0.15)


def test_items_that_need_no_model_go_to_anybody() -> None:
    simulation = Simulation([None, "a"] * 100, 2)
    simulation.run()

    assert simulation.loads <= 2
    assert set(simulation.ran.values()) == {1}


def test_a_worker_gets_only_models_that_it_may_have() -> None:
    allowed = {"gw0": "a", "gw1": "b"}
    simulation = Simulation(
        problem_major(60, "a", "b"),
        2,
        may_hold=lambda node, model: allowed[node.gateway.id] == model,
    )
    simulation.run()

    assert [worker.model for worker in simulation.all] == ["a", "b"]
    assert len(simulation.ran) == 120


def test_a_worker_hears_of_its_items_before_it_has_to_run_them() -> None:
    heard: list[tuple[str, int]] = []
    simulation = Simulation(
        model_major(10, "a"),
        2,
        on_given=lambda node, items: heard.extend((node.gateway.id, item) for item in items),
    )
    simulation.run()

    assert sorted(item for _, item in heard) == list(range(10))


def test_workers_with_other_items_are_reported_and_nothing_is_run() -> None:
    reports: list[pytest.CollectReport] = []
    scheduler = ModelScheduling(
        2, model_of=lambda item: "a", window=lambda model: 4, on_difference=reports.append
    )
    one, two = Fake("gw0"), Fake("gw1")
    for node, ids in ((one, ["x", "y"]), (two, ["x"])):
        scheduler.add_node(node)
        scheduler.add_node_collection(node, ids)
    scheduler.schedule()

    assert [report.outcome for report in reports] == ["failed"]
    assert not one.queue
    assert scheduler.tests_finished


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.sampled_from(["a", "b", "c", None]), min_size=1, max_size=60),
    st.integers(1, 5),
    st.sets(st.integers(0, 59), max_size=4),
    st.floats(0.0, 20.0),
)
def test_every_item_is_run_once_whatever_happens(
    models: list[str | None], workers: int, killers: set[int], load_s: float
) -> None:
    simulation = Simulation(
        models, workers, load_s=load_s, die=lambda item, tries: item in killers and tries == 1
    )
    simulation.run()

    assert simulation.ran == Counter(range(len(models)))
