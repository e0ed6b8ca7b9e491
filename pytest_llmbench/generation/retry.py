"""When a failed attempt is worth another, and after how long."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pytest_llmbench.generation.provider import AttemptError

__all__ = ["RetryPolicy"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """Exponential back-off with jitter, within bounds.

    | failure                                      | retries | wait                       |
    | -------------------------------------------- | ------- | -------------------------- |
    | `rate_limited`                               | 5       | Retry-After, else back-off |
    | `server_error`, `connection`                 | 5       | Retry-After, else back-off |
    | `malformed`: no JSON, a stream cut short     | 2       | back-off                   |
    | `timeout`                                    | 1       | back-off                   |
    | final: `auth`, `not_found`, `bad_request`,   | 0       |                            |
    | `missing`, an exhausted quota, `internal`    |         |                            |

    Malformed answers and timeouts get fewer because each has cost a whole
    generation. Back-off before retry k (from 1) is uniform between that of k - 1 at
    most (0 for the first) and min(cap, base * 2 ** (k - 1)): what failed together
    comes back apart, and each wait is longer than the last. A Retry-After above its
    limit, or a wait that would pass the deadline, ends the request.
    """

    base_s: float = 0.5
    cap_s: float = 30.0
    retries: int = 5
    malformed_retries: int = 2
    timeout_retries: int = 1
    retry_after_limit_s: float = 120.0
    deadline_s: float = 900.0
    """From the first attempt's sending; no attempt starts later."""
    cooldown_s: float = 30.0
    """How long an endpoint that is down is left alone before one request tries it again."""

    def wait_s(
        self, error: AttemptError, *, attempt: int, elapsed_s: float, random: Callable[[], float]
    ) -> float | None:
        """Give the seconds to wait after failed attempt `attempt` (from 1), or `None` to stop.

        `random` gives numbers in [0, 1).
        """
        if not error.retryable or attempt > self._retries_of(error.failure.kind):
            return None
        asked_s = error.retry_after_s or 0.0
        if asked_s > self.retry_after_limit_s:
            return None
        most_s = min(self.cap_s, self.base_s * 2 ** (attempt - 1))
        least_s = most_s / 2 if attempt > 1 else 0.0
        backoff_s = least_s + random() * (most_s - least_s)
        wait_s = max(asked_s, backoff_s)
        return wait_s if elapsed_s + wait_s <= self.deadline_s else None

    def _retries_of(self, kind: str) -> int:
        if kind == "timeout":
            return min(self.retries, self.timeout_retries)
        if kind == "malformed":
            return min(self.retries, self.malformed_retries)
        return self.retries
