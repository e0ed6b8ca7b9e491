"""Requests and tokens per minute: as the user says, and as the endpoint's headers say."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from math import inf

__all__ = ["Allowance", "PerMinute", "ReportedLimit", "read_rate_limits"]

_MINUTE_S = 60.0
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
_UNIT_S = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_KINDS = ("requests", "tokens")


class PerMinute:
    """At most so much in any 60 seconds: a sliding log, so that no window sees more.

    An endpoint's own counter may begin its minute at any time.
    """

    def __init__(self, limit: float) -> None:
        self._limit = limit
        self._spent: deque[list[float]] = deque()
        """[when, how much], oldest first."""
        self._total = 0.0

    def wait_s(self, amount: float, now_s: float) -> float:
        """Give the seconds until an amount may be spent.

        More than the whole limit may be spent when nothing else was: it will never be less.
        """
        while self._spent and self._spent[0][0] <= now_s - _MINUTE_S:
            self._total -= self._spent.popleft()[1]
        excess = self._total + amount - self._limit
        if excess <= 0 or not self._spent:
            return 0.0
        for when_s, spent in self._spent:
            excess -= spent
            if excess <= 0:
                return when_s + _MINUTE_S - now_s
        return self._spent[-1][0] + _MINUTE_S - now_s

    def spend(self, amount: float, now_s: float) -> list[float]:
        """Spend an amount; give its entry, to be corrected."""
        entry = [now_s, amount]
        self._spent.append(entry)
        self._total += amount
        return entry

    def correct(self, entry: list[float], amount: float) -> None:
        """Say what was spent really, where it was estimated before."""
        if self._spent and entry[0] >= self._spent[0][0]:
            self._total += amount - entry[1]
            entry[1] = amount


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedLimit:
    """What an endpoint says of one of its limits: a bucket that refills steadily."""

    limit: float
    remaining: float
    reset_s: float
    """Seconds until it is full again."""
    at_s: float

    def wait_s(self, amount: float, in_flight: float, now_s: float) -> float:
        """Give the seconds until there is room for an amount beside what is in flight."""
        needed = min(amount + in_flight, self.limit)
        refill_per_s = (self.limit - self.remaining) / self.reset_s if self.reset_s > 0 else inf
        if refill_per_s <= 0:
            return 0.0
        if refill_per_s == inf:
            return 0.0
        level = self.remaining + refill_per_s * (now_s - self.at_s)
        return max(0.0, (needed - level) / refill_per_s)


def read_rate_limits(
    headers: Mapping[str, str], at_s: float, now: datetime | None = None
) -> dict[str, ReportedLimit]:
    """Read the limits on `requests` and `tokens` from a response's headers.

    Two dialects: `x-ratelimit-remaining-requests` with a reset like `1m30s` (OpenAI, Groq,
    Azure and others), and `anthropic-ratelimit-requests-remaining` with one in RFC 3339.
    What cannot be meant (a limit of 0, -1 remaining) is passed over.
    """
    found: dict[str, ReportedLimit] = {}
    for kind in _KINDS:
        for pattern in (f"x-ratelimit-{{}}-{kind}", f"anthropic-ratelimit-{kind}-{{}}"):
            limit = _number(headers.get(pattern.format("limit")))
            remaining = _number(headers.get(pattern.format("remaining")))
            reset_s = _seconds(headers.get(pattern.format("reset")), now)
            if limit and remaining is not None and reset_s is not None and remaining <= limit:
                found[kind] = ReportedLimit(
                    limit=limit, remaining=remaining, reset_s=reset_s, at_s=at_s
                )
    return found


def _number(text: str | None) -> float | None:
    return float(text) if text and re.fullmatch(r"\d{1,15}", text) else None


def _seconds(text: str | None, now: datetime | None) -> float | None:
    """Read `1m30s`, `12ms`, plain seconds, or a time."""
    if not text:
        return None
    if re.fullmatch(r"\d{1,9}(\.\d{1,9})?", text):
        return float(text)
    if _PART.match(text) and not _PART.sub("", text):
        return sum(float(number) * _UNIT_S[unit] for number, unit in _PART.findall(text))
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max(0.0, (at - (now or datetime.now(UTC))).total_seconds())


class Allowance:
    """All rate limits of one endpoint together."""

    def __init__(
        self, *, requests_per_minute: float | None, tokens_per_minute: float | None
    ) -> None:
        self._requests = PerMinute(requests_per_minute) if requests_per_minute else None
        self._tokens = PerMinute(tokens_per_minute) if tokens_per_minute else None
        self._reported: dict[str, ReportedLimit] = {}
        self._in_flight: dict[int, tuple[float, list[float] | None]] = {}
        """Tokens that were set aside for requests in flight, with their entries."""
        self._mean_output = 0.0
        self._answers = 0

    def heard(self, headers: Mapping[str, str], now_s: float) -> None:
        """Take what the headers of a response say."""
        self._reported |= read_rate_limits(headers, now_s)

    def tokens_of(self, input_tokens: int, most_output_tokens: int | None) -> float:
        """Estimate what a request will count: the most that it may, or else what others did."""
        if most_output_tokens is not None:
            return float(input_tokens + most_output_tokens)
        return input_tokens + self._mean_output

    def wait_s(self, tokens: float, now_s: float) -> float:
        """Give the seconds until a request may be sent."""
        waits = [0.0]
        if self._requests:
            waits.append(self._requests.wait_s(1, now_s))
        if self._tokens:
            waits.append(self._tokens.wait_s(tokens, now_s))
        if reported := self._reported.get("requests"):
            waits.append(reported.wait_s(1, len(self._in_flight), now_s))
        if reported := self._reported.get("tokens"):
            in_flight = sum(amount for amount, _ in self._in_flight.values())
            waits.append(reported.wait_s(tokens, in_flight, now_s))
        return max(waits)

    def sent(self, number: int, tokens: float, now_s: float) -> None:
        if self._requests:
            self._requests.spend(1, now_s)
        entry = self._tokens.spend(tokens, now_s) if self._tokens else None
        self._in_flight[number] = (tokens, entry)

    def refused(self, number: int) -> None:
        """Note that a request came to nothing: it has used no tokens."""
        _, entry = self._in_flight.pop(number)
        if self._tokens and entry:
            self._tokens.correct(entry, 0.0)

    def came(
        self,
        number: int,
        input_tokens: int | None,
        output_tokens: int | None,
        *,
        samples: int = 1,
    ) -> None:
        """Note what a request for so many samples has used; None where nobody says."""
        _, entry = self._in_flight.pop(number)
        if output_tokens is None:
            return
        self._answers += samples
        self._mean_output += (output_tokens - samples * self._mean_output) / self._answers
        if self._tokens and entry and input_tokens is not None:
            self._tokens.correct(entry, input_tokens + output_tokens)
