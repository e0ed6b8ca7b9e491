"""How late the engine's own loop is: what a busy client adds to every time that it measures."""

from __future__ import annotations

import asyncio
import math
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

__all__ = ["LagMeter", "Overhead"]

_PERIOD_S = 0.05
_LATE_MS = 10.0
_FEWEST_LATE = 5
"""Fewer are hiccups, such as the first connections."""
_STEP_MS = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Overhead:
    """What the client itself cost while requests were on their way."""

    samples: int
    """How often the lag was measured, every 50 ms."""
    late: int
    """How often it was more than 10 ms."""
    lag_p50_ms: float
    lag_p99_ms: float
    lag_max_ms: float
    cpu_s: float
    """Of the engine's thread."""
    requests: int

    @property
    def is_saturated(self) -> bool:
        """Whether events were read so late that their times are the client's, too."""
        return self.late >= _FEWEST_LATE and self.lag_p99_ms > _LATE_MS

    def to_wire(self) -> dict[str, Any]:
        """Give builtins, for the manifest."""
        per_request = 1000 * self.cpu_s / self.requests if self.requests else None
        return {
            "loop_lag_ms": {
                "p50": self.lag_p50_ms,
                "p99": self.lag_p99_ms,
                "max": self.lag_max_ms,
                "samples": self.samples,
                "late": self.late,
            },
            "cpu_s": round(self.cpu_s, 3),
            "requests": self.requests,
            "cpu_ms_per_request": None if per_request is None else round(per_request, 3),
            "client_saturated": self.is_saturated,
        }


class LagMeter:
    """Sleeps for 50 ms again and again, and notes how much later it wakes.

    Runs in the engine's loop; read from any thread.
    """

    def __init__(self, is_busy: Callable[[], bool]) -> None:
        """`is_busy` says whether requests are on their way: else nothing is noted."""
        self._is_busy = is_busy
        self._steps: Counter[int] = Counter()
        """How often each lag was seen, in tenths of a millisecond."""
        self._cpu_s = 0.0

    async def run(self) -> None:
        """Measure until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            due_s = loop.time() + _PERIOD_S
            was_busy = self._is_busy()
            await asyncio.sleep(_PERIOD_S)
            if was_busy:
                self.note(loop.time() - due_s)
            self._cpu_s = time.thread_time()

    def note(self, lag_s: float) -> None:
        self._steps[max(0, round(lag_s * 1000 / _STEP_MS))] += 1

    def overhead(self, requests: int) -> Overhead | None:
        """Give what was measured; None before the first measurement."""
        steps = self._steps.copy()
        if not steps:
            return None
        return Overhead(
            samples=steps.total(),
            late=sum(count for step, count in steps.items() if step * _STEP_MS > _LATE_MS),
            lag_p50_ms=_quantile_ms(steps, 0.5),
            lag_p99_ms=_quantile_ms(steps, 0.99),
            lag_max_ms=_quantile_ms(steps, 1.0),
            cpu_s=self._cpu_s,
            requests=requests,
        )


def _quantile_ms(steps: Counter[int], q: float) -> float:
    left = math.ceil(q * steps.total())
    for step in sorted(steps):
        left -= steps[step]
        if left <= 0:
            break
    return round(step * _STEP_MS, 1)
