"""How far a run is, while it runs: counts, rates, the time that is left."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

from pytest_llmbench.records.record import Record

__all__ = ["Counts", "ModelProgress", "Snapshot"]

_TOKENS_WINDOW_S = 10.0
_SAMPLES_WINDOW_S = 60.0
_LEAST_SAMPLES = 5
_LEAST_S = 5.0
"""Fewer samples, or a shorter time, say nothing of how long the rest will take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelProgress:
    """How far one model is."""

    name: str
    done: int
    total: int | None
    """`None`: nobody has said how many samples there will be."""
    in_flight: int = 0
    """Requests that wait for their answer now."""
    tokens_per_s: float | None = None
    """Output tokens of the generations that ended in the last ten seconds."""
    infra: int = 0
    cost_usd: float | None = None
    """What is known to be spent; reused generations cost nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """How far a run is at one moment."""

    models: tuple[ModelProgress, ...] = ()
    eta_s: float | None = None
    """At the rate of the last minute; `None` while that says nothing."""

    @property
    def is_over(self) -> bool:
        """Whether there is nothing more to come, as far as is known."""
        return all(model.total == model.done and not model.in_flight for model in self.models)


class Counts:
    """Folds records into a snapshot. Times are those of one monotonic clock."""

    def __init__(self) -> None:
        self._models: dict[str, _Model] = {}
        self._samples = _Window(_SAMPLES_WINDOW_S)
        self._began_s: float | None = None

    def __bool__(self) -> bool:
        return bool(self._models)

    def expect(self, model: str, samples: int, now_s: float) -> None:
        """Count samples that will come; those of several calls add up."""
        counted = self._model(model, now_s)
        counted.total = (counted.total or 0) + samples

    def add(self, record: Record, now_s: float) -> None:
        """Count a sample that is done. What was reused says nothing of speed."""
        model = self._model(record.model, now_s)
        model.done += 1
        model.infra += record.is_infra
        if record.reused_from is not None:
            return
        self._samples.add(now_s, 1)
        if record.output_tokens:
            model.tokens.add(now_s, record.output_tokens)
        if record.cost_usd is not None:
            model.cost_usd = (model.cost_usd or 0.0) + record.cost_usd

    def snapshot(self, now_s: float, in_flight: Mapping[str, int]) -> Snapshot:
        models = tuple(
            ModelProgress(
                name=name,
                done=model.done,
                total=None if model.total is None else max(model.total, model.done),
                in_flight=in_flight.get(name, 0),
                tokens_per_s=model.tokens.per_second(now_s, self._elapsed(now_s)),
                infra=model.infra,
                cost_usd=model.cost_usd,
            )
            for name, model in self._models.items()
        )
        return Snapshot(models=models, eta_s=self._eta_s(models, now_s))

    def _model(self, name: str, now_s: float) -> _Model:
        if self._began_s is None:
            self._began_s = now_s
        return self._models.setdefault(name, _Model())

    def _elapsed(self, now_s: float) -> float:
        return 0.0 if self._began_s is None else now_s - self._began_s

    def _eta_s(self, models: tuple[ModelProgress, ...], now_s: float) -> float | None:
        totals = [model.total for model in models]
        elapsed_s = self._elapsed(now_s)
        rate = self._samples.per_second(now_s, elapsed_s)
        is_early = elapsed_s < _LEAST_S or self._samples.count < _LEAST_SAMPLES
        if rate is None or is_early or None in totals:
            return None
        left = sum(total for total in totals if total) - sum(model.done for model in models)
        return left / rate if left else None


class _Window:
    """Amounts of the last seconds."""

    def __init__(self, span_s: float) -> None:
        self._span_s = span_s
        self._amounts: deque[tuple[float, int]] = deque()
        self._sum = 0

    @property
    def count(self) -> int:
        return len(self._amounts)

    def add(self, now_s: float, amount: int) -> None:
        self._amounts.append((now_s, amount))
        self._sum += amount
        self._forget(now_s)

    def per_second(self, now_s: float, elapsed_s: float) -> float | None:
        """Give the mean rate; `None` where nothing came or no second has passed."""
        self._forget(now_s)
        if not self._amounts or elapsed_s < 1:
            return None
        return self._sum / min(self._span_s, elapsed_s)

    def _forget(self, now_s: float) -> None:
        while self._amounts and self._amounts[0][0] <= now_s - self._span_s:
            self._sum -= self._amounts.popleft()[1]


@dataclass
class _Model:
    done: int = 0
    total: int | None = None
    infra: int = 0
    cost_usd: float | None = None
    tokens: _Window = field(default_factory=lambda: _Window(_TOKENS_WINDOW_S))
