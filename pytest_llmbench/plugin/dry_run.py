"""`--llm-dry-run`: what the items of a session would ask."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pytest

from pytest_llmbench.analysis.forecast import Forecast, forecast
from pytest_llmbench.pipeline import request_for
from pytest_llmbench.plugin.asking import ASK_NOBODY
from pytest_llmbench.plugin.keys import TRIAL
from pytest_llmbench.vocabulary import Request

if TYPE_CHECKING:
    from pytest_llmbench.plugin.session import LLMSession

__all__ = ["forecasts"]


def forecasts(items: Sequence[pytest.Item], session: LLMSession) -> list[Forecast]:
    """Add up the requests of all items that would not be skipped, model by model.

    What a test function asks with `llm.generate` is only known when it runs.
    """
    models = [model for model in session.chosen.models if model.type not in ASK_NOBODY]
    asked: dict[str, list[Request]] = {model.name: [] for model in models}
    reused = dict.fromkeys(asked, 0)
    for item in items:
        trial = item.stash.get(TRIAL, None)
        if trial is None or trial.model is None or not trial.is_asked_ahead:
            continue
        if item.get_closest_marker("skip"):
            continue
        for job in trial.jobs if trial.model.name in asked else ():
            request = request_for(job)
            if session.asking.is_recorded(request):
                reused[job.model.name] += 1
            else:
                asked[job.model.name].append(request)
    return [forecast(model, asked[model.name], reused[model.name]) for model in models]
