"""The table of `--llm-dry-run`."""

from __future__ import annotations

from collections.abc import Sequence

from pytest_llmbench.analysis.forecast import Forecast
from pytest_llmbench.hostile_text import visible

__all__ = ["forecast_table"]


def forecast_table(forecasts: Sequence[Forecast]) -> list[str]:
    """Give the lines of the table, and below it what is not known and why."""
    from tabulate import tabulate

    if not forecasts:
        return ["no chosen model asks anybody"]
    has_reused = any(each.reused for each in forecasts)
    headers = ["model", "requests", *(["reused"] if has_reused else [])]
    headers += ["input tokens (est.)", "output tokens (at most)", "$ (at most)"]
    rows = [
        [
            visible(each.model),
            str(each.requests),
            *([str(each.reused)] if has_reused else []),
            f"{each.input_tokens:,}",
            "?" if each.most_output_tokens is None else f"{each.most_output_tokens:,}",
            "?" if each.most_usd is None else f"{each.most_usd:.2f}",
        ]
        for each in forecasts
    ]
    table = tabulate(
        rows,
        headers,
        tablefmt="simple",
        disable_numparse=True,
        colalign=["left", *["right"] * (len(headers) - 1)],
    )
    return [*table.splitlines(), *_unknown(forecasts)]


def _unknown(forecasts: Sequence[Forecast]) -> list[str]:
    asking = [each for each in forecasts if each.requests]
    without_limit = [each.model for each in asking if each.most_output_tokens is None]
    without_price = [
        each.model for each in asking if each.most_usd is None and each.model not in without_limit
    ]
    lines = []
    for names, what in ((without_limit, "max_tokens"), (without_price, "prices")):
        if names:
            lines.append(f"? set {what} in models.yaml: {', '.join(map(visible, names))}")
    return lines
