"""When an item with several samples passes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

__all__ = ["Decision", "PassRule", "parse_pass_rule"]


class Decision(Enum):
    PASS = "pass"
    FAIL = "fail"
    INFRA = "infra"
    """Too many samples were lost to the infrastructure to tell."""


@dataclass(frozen=True, slots=True)
class PassRule:
    name: str
    rate: float | None = None

    def is_met(self, passed: int, samples: int) -> bool:
        match self.name:
            case "any":
                return passed >= 1
            case "all":
                return passed == samples
            case "majority":
                return 2 * passed > samples
        # Written rates such as 0.8 are not exact in binary: 4 of 5 must meet rate:0.8.
        return passed >= (self.rate or 0.0) * samples - 1e-9

    def decide(self, *, passed: int, failed: int, infra: int) -> Decision:
        """Decide only what the lost samples could not have changed."""
        samples = passed + failed + infra
        if samples == 0 or infra == samples:
            return Decision.INFRA
        at_worst = self.is_met(passed, samples)
        at_best = self.is_met(passed + infra, samples)
        if at_worst != at_best:
            return Decision.INFRA
        return Decision.PASS if at_worst else Decision.FAIL

    def __str__(self) -> str:
        return self.name if self.rate is None else f"{self.name}:{self.rate:g}"


def parse_pass_rule(text: str) -> PassRule:
    """Read `any`, `all`, `majority` or `rate:0.8`; raise ValueError."""
    name, colon, number = text.strip().partition(":")
    if name in {"any", "all", "majority"} and not colon:
        return PassRule(name)
    if name == "rate" and colon:
        try:
            rate = float(number)
        except ValueError:
            rate = -1.0
        if 0 < rate <= 1:
            return PassRule(name, rate)
    msg = f"{text!r} is not any, all, majority or rate:0.8"
    raise ValueError(msg)
