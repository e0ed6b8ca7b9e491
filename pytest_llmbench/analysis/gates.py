"""Conditions on a run that decide its exit status."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pytest_llmbench.analysis.summary import Row

__all__ = ["FailUnder", "Verdicts", "judge_gates", "parse_fail_under"]


@dataclass(frozen=True, slots=True)
class FailUnder:
    """Every model must reach a pass@1, over all its problems or in one language."""

    threshold: float
    language: str | None = None

    def __str__(self) -> str:
        where = f"[language={self.language}]" if self.language else ""
        return f"pass@1{where} >= {self.threshold:g}"


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What the gates of a run say together."""

    is_met: bool
    lines: tuple[str, ...]


def parse_fail_under(text: str) -> tuple[FailUnder, ...]:
    """Read `0.8`, `80%`, `python:0.8`, or several with commas; raise ValueError."""
    gates = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        language, colon, number = part.rpartition(":")
        try:
            is_percent = number.endswith("%")
            value = float(number.rstrip("%")) / (100 if is_percent else 1)
        except ValueError:
            value = -1.0
        if not 0.0 <= value <= 1.0 or (colon and not language):
            msg = f"{part!r} is not a pass rate; write 0.8, 80% or python:0.8"
            raise ValueError(msg)
        gates.append(FailUnder(value, language.lower() or None))
    if not gates:
        msg = "it is empty; write 0.8, 80% or python:0.8"
        raise ValueError(msg)
    return tuple(gates)


def judge_gates(
    gates: Sequence[FailUnder],
    *,
    models: Sequence[str],
    by_model: Iterable[Row],
    by_language: Iterable[Row],
    max_infra_share: float,
    is_complete: bool,
) -> Verdicts:
    """Decide every gate for every chosen model; what was not measured is not met."""
    rows: dict[tuple[str, str | None], Row] = {
        (row.model, row.language): row for row in (*by_model, *by_language)
    }
    problems = [
        reason
        for gate in gates
        for model in models
        if (reason := _shortfall(gate, model, rows, max_infra_share)) is not None
    ]
    if not models:
        problems.append("no model was measured")
    if not is_complete:
        problems.append("the run is incomplete")
    wanted = " and ".join(str(gate) for gate in gates)
    if not problems:
        doubts = [note for gate in gates for model in models for note in _doubt(gate, model, rows)]
        return Verdicts(True, (f"gate: {wanted}: met", *doubts))
    return Verdicts(False, (f"gate: {wanted}: NOT met: {'; '.join(problems)}",))


def _shortfall(
    gate: FailUnder,
    model: str,
    rows: Mapping[tuple[str, str | None], Row],
    max_infra_share: float,
) -> str | None:
    row = rows.get((model, gate.language))
    if row is None or row.pass_at_1 is None:
        lost = f" ({row.infra} lost to INFRA)" if row else ""
        where = f" in {gate.language}" if gate.language else ""
        return f"{model} has no judged sample{where}{lost}"
    if row.infra_share > max_infra_share:
        total = row.samples + row.infra
        return (
            f"{model} lost {row.infra} of {total} samples to INFRA "
            f"(more than {max_infra_share:.0%}, --llm-max-infra)"
        )
    if row.pass_at_1 < gate.threshold:
        return f"{model} has {row.pass_at_1:.3f}{_interval(row)}"
    return None


def _doubt(
    gate: FailUnder, model: str, rows: Mapping[tuple[str, str | None], Row]
) -> Iterable[str]:
    row = rows[model, gate.language]
    # No number of problems makes a rate of 1 sure.
    if row.interval is not None and row.interval[0] < gate.threshold < 1.0:
        yield (
            f"gate: note: {model} has {row.pass_at_1:.3f}{_interval(row)}: "
            f"too few problems to be sure of {gate.threshold:g}"
        )


def _interval(row: Row) -> str:
    if row.interval is None:
        return ""
    return f" (95 % interval {row.interval[0]:.3f} to {row.interval[1]:.3f})"
