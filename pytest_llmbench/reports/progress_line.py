"""How far a run is, as one line that fits a width."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Sequence

from pytest_llmbench.analysis.progress import ModelProgress, Snapshot
from pytest_llmbench.hostile_text import shorten, visible

__all__ = ["cells", "progress_line"]

_LONGEST_NAME = 24
_PREFIX = "llm: "


def progress_line(snapshot: Snapshot, width: int) -> str:
    """Give a line of at most `width` cells; empty where not even the count fits.

    First all models together, then, where there are several and room is left, each of
    them: in detail, else its count, else as many as fit. On a narrow terminal figures go
    in this order: tokens per second, in flight, cost, the time left, what was lost.
    """
    figures = _figures(_together(snapshot.models), snapshot.eta_s)
    for least in range(len(figures) + 1):
        head = _PREFIX + ", ".join(text for priority, text in figures if priority >= least)
        if cells(head) <= width and head != _PREFIX:
            return head + _tail(snapshot.models, width - cells(head))
    return ""


def cells(text: str) -> int:
    """Count the columns that a text takes on a terminal."""
    return sum(map(_cells_of, text))


def _cells_of(character: str) -> int:
    if unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1


def _together(models: Sequence[ModelProgress]) -> ModelProgress:
    totals = [model.total for model in models]
    return ModelProgress(
        name="",
        done=sum(model.done for model in models),
        total=None if None in totals else sum(filter(None, totals)),
        in_flight=sum(model.in_flight for model in models),
        tokens_per_s=_sum([model.tokens_per_s for model in models]),
        infra=sum(model.infra for model in models),
        cost_usd=_sum([model.cost_usd for model in models]),
    )


def _sum(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return math.fsum(known) if known else None


def _figures(model: ModelProgress, eta_s: float | None) -> list[tuple[int, str]]:
    """Give the figures in their order, each with its priority; what says nothing is left out."""
    return [
        (priority, text)
        for priority, text in (
            (5, _count(model)),
            (1, f"{model.in_flight} in flight" if model.in_flight else ""),
            (0, _speed(model.tokens_per_s)),
            (4, f"{model.infra} INFRA" if model.infra else ""),
            (2, _dollars(model.cost_usd)),
            (3, "" if eta_s is None else f"eta {_clock(eta_s)}"),
        )
        if text
    ]


def _tail(models: Sequence[ModelProgress], room: int) -> str:
    if len(models) < 2:
        return ""
    detailed = [f"{_name(model)} {_details(model)}" for model in models]
    counted = [f"{_name(model)} {_count(model)}" for model in models]
    for parts in (detailed, counted):
        if cells(tail := f"; {'; '.join(parts)}") <= room:
            return tail
    for shown in range(len(models) - 1, 0, -1):
        tail = f"; {'; '.join(counted[:shown])}; {len(models) - shown} more"
        if cells(tail) <= room:
            return tail
    return ""


def _details(model: ModelProgress) -> str:
    return ", ".join(text for _, text in _figures(model, None))


def _name(model: ModelProgress) -> str:
    return shorten(" ".join(visible(model.name).split()), _LONGEST_NAME)


def _count(model: ModelProgress) -> str:
    return f"{model.done} done" if model.total is None else f"{model.done}/{model.total}"


def _speed(tokens_per_s: float | None) -> str:
    if tokens_per_s is None:
        return ""
    digits = 1 if tokens_per_s < 10 else 0
    return f"{tokens_per_s:.{digits}f} tok/s"


def _dollars(dollars: float | None) -> str:
    if dollars is None:
        return ""
    return f"${dollars:.2f}" if dollars >= 0.1 or not dollars else f"${dollars:.2g}"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(math.ceil(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
