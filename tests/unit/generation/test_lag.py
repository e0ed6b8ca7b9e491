"""The client's own lateness: measured, and said where it spoils times."""

from __future__ import annotations

import asyncio
import json
import time

import pytest

from pytest_llmbench.generation.lag import LagMeter, Overhead


def measured(*lags_ms: float, requests: int = 1) -> Overhead:
    meter = LagMeter(lambda: True)
    for lag_ms in lags_ms:
        meter.note(lag_ms / 1000)
    overhead = meter.overhead(requests)
    assert overhead is not None
    return overhead


def test_quantiles_are_those_of_what_was_noted() -> None:
    overhead = measured(*range(1, 101))
    found = (overhead.lag_p50_ms, overhead.lag_p99_ms, overhead.lag_max_ms, overhead.samples)
    assert (50.0, 99.0, 100.0, 100) == found


@pytest.mark.parametrize(
    ("lags_ms", "is_saturated"),
    [
        ([1.0] * 95 + [10.1] * 5, True),
        ([1.0] * 96 + [500.0] * 4, False),  # hiccups
        ([10.1] * 5, True),
        ([10.1] * 4, False),
        ([1.0] * 995 + [500.0] * 5, False),  # one in two hundred
        ([10.0] * 100, False),
    ],
)
def test_a_client_that_is_often_late_is_saturated(lags_ms: list[float], is_saturated: bool) -> None:
    assert is_saturated == measured(*lags_ms).is_saturated


def test_nothing_measured_is_nothing_said() -> None:
    assert LagMeter(lambda: True).overhead(3) is None


def test_the_manifest_gets_builtins() -> None:
    wire = measured(1.04, requests=0).to_wire()
    assert wire == json.loads(json.dumps(wire))
    assert wire["loop_lag_ms"] == {"p50": 1.0, "p99": 1.0, "max": 1.0, "samples": 1, "late": 0}
    assert (wire["cpu_ms_per_request"], wire["client_saturated"]) == (None, False)


async def _blocked(meter: LagMeter) -> None:
    running = asyncio.create_task(meter.run())
    await asyncio.sleep(0)  # it begins to sleep for 50 ms
    time.sleep(0.15)
    while meter.overhead(1) is None and not running.done():
        await asyncio.sleep(0.01)
    running.cancel()


def test_a_blocked_loop_is_seen() -> None:
    meter = LagMeter(lambda: True)
    asyncio.run(asyncio.wait_for(_blocked(meter), 10))
    overhead = meter.overhead(1)
    assert overhead is not None
    assert overhead.lag_max_ms >= 90


def test_an_idle_client_is_not_measured() -> None:
    async def idle(meter: LagMeter) -> None:
        running = asyncio.create_task(meter.run())
        await asyncio.sleep(0.12)
        running.cancel()

    meter = LagMeter(lambda: False)
    asyncio.run(idle(meter))
    assert meter.overhead(1) is None
