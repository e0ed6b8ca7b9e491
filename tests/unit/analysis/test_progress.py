"""What is counted while a run goes on, on a clock that the test turns."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_llmbench.analysis.progress import Counts
from pytest_llmbench.records.record import Record


def record(model: str = "m", **more: object) -> Record:
    values: dict[str, object] = {
        "model": model,
        "suite": "s",
        "task_id": "s/t",
        "language": "python",
        "sample": 0,
        "passed": True,
        "outcome": "passed",
        "completion": "",
        "latency": None,
    }
    return Record.from_wire(values | more)


def test_samples_errors_and_money_are_counted_by_model() -> None:
    counts = Counts()
    counts.expect("a", 3, 0)
    counts.expect("a", 1, 0)
    counts.expect("b", 2, 0)
    counts.add(record("a", cost_usd=0.25), 1)
    counts.add(record("a", cost_usd=0.5, outcome="error", passed=False), 1)
    counts.add(record("b"), 1)

    a, b = counts.snapshot(2, {"b": 7, "other": 1}).models

    assert ("a", 2, 4, 0, 1, 0.75) == (a.name, a.done, a.total, a.in_flight, a.infra, a.cost_usd)
    assert ("b", 1, 2, 7, 0, None) == (b.name, b.done, b.total, b.in_flight, b.infra, b.cost_usd)


def test_tokens_count_for_ten_seconds() -> None:
    counts = Counts()
    counts.expect("m", 10, 0)
    counts.add(record(output_tokens=50), 2)
    counts.add(record(output_tokens=150), 9)

    speeds = [counts.snapshot(now, {}).models[0].tokens_per_s for now in (10, 13, 18, 20)]

    assert [20, 15, 15, None] == speeds


def test_the_time_left_is_unknown_until_the_rate_says_something() -> None:
    counts = Counts()
    counts.expect("m", 100, 0)
    etas = []
    for second in range(1, 11):
        counts.add(record(), second)
        etas.append(counts.snapshot(second, {}).eta_s)

    assert [None] * 4 == etas[:4]
    assert 95 == pytest.approx(etas[4])
    assert 90 == pytest.approx(etas[9])


def test_the_rate_is_that_of_the_last_minute() -> None:
    counts = Counts()
    counts.expect("m", 1000, 0)
    for second in range(100):  # one in a second, then two
        counts.add(record(), second)
    for second in range(100, 161):
        counts.add(record(), second)
        counts.add(record(), second)

    assert (1000 - 222) / 2 == counts.snapshot(160, {}).eta_s


def test_what_is_reused_is_done_but_says_nothing_of_speed_or_money() -> None:
    counts = Counts()
    counts.expect("m", 20, 0)
    for _ in range(10):
        counts.add(record(reused_from="then", output_tokens=9, cost_usd=1.0), 6)

    snapshot = counts.snapshot(6, {})

    assert (10, None, None) == (
        snapshot.models[0].done,
        snapshot.models[0].tokens_per_s,
        snapshot.models[0].cost_usd,
    )
    assert snapshot.eta_s is None


def test_without_a_total_there_is_no_time_left() -> None:
    counts = Counts()
    for second in range(20):
        counts.add(record(), second)

    snapshot = counts.snapshot(20, {})

    assert (None, None, False) == (snapshot.models[0].total, snapshot.eta_s, snapshot.is_over)


def test_it_is_over_when_all_is_done_and_nothing_in_flight() -> None:
    counts = Counts()
    counts.expect("m", 1, 0)
    counts.add(record(), 1)

    assert not counts.snapshot(2, {"m": 1}).is_over
    assert counts.snapshot(2, {}).is_over


@given(
    st.lists(st.tuples(st.sampled_from("ab"), st.floats(0, 30), st.booleans()), max_size=40),
    st.integers(0, 20),
)
def test_a_snapshot_always_makes_sense(
    events: list[tuple[str, float, bool]], expected: int
) -> None:
    counts = Counts()
    counts.expect("a", expected, 0)
    now = 0.0
    for model, pause, is_reused in events:
        now += pause
        counts.add(record(model, output_tokens=3, reused_from="r" if is_reused else None), now)

        snapshot = counts.snapshot(now, {})

        assert snapshot.eta_s is None or snapshot.eta_s > 0
        for each in snapshot.models:
            assert each.total is None or each.total >= each.done
            assert each.tokens_per_s is None or each.tokens_per_s > 0
