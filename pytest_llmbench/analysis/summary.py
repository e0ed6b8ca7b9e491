"""Records folded into one row per model and language."""

from __future__ import annotations

import math
from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from pytest_llmbench.analysis.statistics import (
    Interval,
    clustered_interval,
    pass_at_k,
    quantile,
)
from pytest_llmbench.records.record import Record

__all__ = ["Row", "Summary", "Tally", "rank"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What is known of one model, in one language or in all of them.

    Rates are means over problems, so that each problem weighs the same however many
    of its samples could be judged. `None`: nothing to compute it from.
    """

    model: str
    language: str | None
    """`None`: all languages together."""
    problems: int
    """Problems with at least one judged sample."""
    samples: int
    """Judged samples; those that the infrastructure lost are in `infra` only."""
    passed: int
    infra: int
    pass_at_1: float | None
    interval: Interval | None
    """95 %, over problems."""
    k: int
    pass_at_k: float | None
    outcomes: tuple[tuple[str, int], ...]
    assurances: tuple[tuple[str, int], ...]
    """What stands behind those that passed, with how many each stands behind."""
    latency_p50: float | None
    latency_p95: float | None
    ttft_p50: float | None
    tokens_per_s: float | None
    """Median over samples."""
    reused: int
    """Samples whose generation an earlier run asked for: their times are in no quantile."""
    estimated: int
    """Samples whose output tokens the server did not count, so that they are an estimate."""
    output_tokens: int | None
    cost_usd: float | None
    """Of all samples, wrong ones included; `None` where any price is unknown."""
    cost_per_correct_usd: float | None

    @property
    def infra_share(self) -> float:
        total = self.samples + self.infra
        return self.infra / total if total else 0.0


def _numbers() -> array[float]:
    """Make room for numbers in the fewest bytes: they are all that is kept of each sample."""
    return array("d")


@dataclass
class Tally:
    """What has to be remembered of the records of one row."""

    model: str
    language: str | None
    infra: int = 0
    reused: int = 0
    estimated: int = 0
    samples: int = 0
    passed: int = 0
    problems: dict[tuple[str, str], list[int]] = field(default_factory=dict)
    """[passed, samples] by task and language."""
    outcomes: Counter[str] = field(default_factory=Counter)
    assurances: Counter[str] = field(default_factory=Counter)
    latencies: array[float] = field(default_factory=_numbers)
    ttfts: array[float] = field(default_factory=_numbers)
    speeds: array[float] = field(default_factory=_numbers)
    costs: array[float] = field(default_factory=_numbers)
    output_tokens: int | None = None
    has_unpriced: bool = False

    def add(self, record: Record) -> None:
        self.outcomes[record.outcome] += 1
        self._add_cost(record)
        if record.is_infra:
            self.infra += 1
            return
        counts = self.problems.setdefault((record.task_id, record.language), [0, 0])
        counts[0] += record.passed
        counts[1] += 1
        self.samples += 1
        self.reused += record.reused_from is not None
        self.estimated += record.usage_source in {"estimated", "shared"}
        self.passed += record.passed
        if record.passed:
            self.assurances[record.assurance] += 1
        for values, value in (
            (self.latencies, record.latency),
            (self.ttfts, record.ttft),
            (self.speeds, record.tokens_per_s),
        ):
            if value is not None and record.reused_from is None:
                values.append(value)
        if record.output_tokens is not None:
            self.output_tokens = (self.output_tokens or 0) + record.output_tokens

    def _add_cost(self, record: Record) -> None:
        if record.cost_usd is not None:
            self.costs.append(record.cost_usd)
        elif not record.is_infra:
            self.has_unpriced = True

    def row(self) -> Row:
        counts = [(passed, samples) for passed, samples in self.problems.values()]
        rates = [passed / samples for passed, samples in counts]
        k = _default_k(counts)
        cost = math.fsum(self.costs) if self.costs and not self.has_unpriced else None
        return Row(
            model=self.model,
            language=self.language,
            problems=len(counts),
            samples=self.samples,
            passed=self.passed,
            infra=self.infra,
            pass_at_1=_mean(rates),
            interval=clustered_interval(counts) if counts else None,
            k=k,
            pass_at_k=_mean([pass_at_k(samples, passed, k) for passed, samples in counts]),
            outcomes=tuple(sorted(self.outcomes.items())),
            assurances=tuple(sorted(self.assurances.items())),
            latency_p50=quantile(self.latencies, 0.5),
            latency_p95=quantile(self.latencies, 0.95),
            ttft_p50=quantile(self.ttfts, 0.5),
            tokens_per_s=quantile(self.speeds, 0.5),
            reused=self.reused,
            estimated=self.estimated,
            output_tokens=self.output_tokens,
            cost_usd=cost,
            cost_per_correct_usd=cost / self.passed if cost is not None and self.passed else None,
        )


def _default_k(counts: Sequence[tuple[int, int]]) -> int:
    """Take k = 10 or 100, as the field does, where every problem has that many samples.

    Where one has fewer, because some were lost, k is what it has: leaving the problem out
    would change what is measured.
    """
    shallowest = min((samples for _, samples in counts), default=1)
    return next((k for k in (100, 10) if shallowest >= k), shallowest)


def _mean(values: Sequence[float]) -> float | None:
    return math.fsum(values) / len(values) if values else None


class Summary:
    """Records folded one by one into rows; holds numbers, never a text of a record."""

    def __init__(self) -> None:
        self._by_language: dict[tuple[str, str], Tally] = {}
        self._by_model: dict[str, Tally] = {}

    def add(self, record: Record) -> None:
        key = (record.model, record.language)
        self._by_language.setdefault(key, Tally(*key)).add(record)
        self._by_model.setdefault(record.model, Tally(record.model, None)).add(record)

    def by_language(self) -> list[Row]:
        """Give a row for each model and language, best first."""
        return rank(tally.row() for tally in self._by_language.values())

    def by_model(self) -> list[Row]:
        """Give a row for each model over all its languages, best first."""
        return rank(tally.row() for tally in self._by_model.values())


def rank(rows: Iterable[Row]) -> list[Row]:
    """Sort best first: by rate, then by name; what was not measured comes last."""
    return sorted(
        rows,
        key=lambda row: (
            row.pass_at_1 is None,
            -(row.pass_at_1 or 0.0),
            row.model,
            row.language or "",
        ),
    )
