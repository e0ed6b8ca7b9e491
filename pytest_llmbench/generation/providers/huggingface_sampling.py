"""How a model's next token is chosen: what was asked for, over the model's own defaults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pytest_llmbench.vocabulary import Sampling

__all__ = ["Choosing", "choosing"]

_NEUTRAL: Mapping[str, float] = {
    "temperature": 1.0,
    "top_k": 0,
    "top_p": 1.0,
    "min_p": 0.0,
    "typical_p": 1.0,
    "epsilon_cutoff": 0.0,
    "eta_cutoff": 0.0,
    "repetition_penalty": 1.0,
    "no_repeat_ngram_size": 0,
}
"""Each setting of a generation_config.json that is understood, and its value that does nothing."""
_HISTORY = ("repetition_penalty", "no_repeat_ngram_size")
"""Those that count when nothing is drawn too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choosing:
    """What is done to the scores of the next token, in the order of the settings.

    Without `temperature` among them but drawn, the temperature is 1.
    """

    is_greedy: bool
    settings: Mapping[str, float] = field(default_factory=dict)
    """Only what does something."""

    def __str__(self) -> str:
        shown = [f"{name}={value:g}" for name, value in self.settings.items()]
        return " ".join(["greedy" if self.is_greedy else "sampled", *shown])


def choosing(asked: Sampling, own: Mapping[str, Any]) -> Choosing:
    """Merge what models.yaml asks for over the model's generation_config.json.

    Neither transformers' defaults for what that file leaves out (`top_k: 50`) nor
    `do_sample` where models.yaml says something else count: a temperature of 0 takes the
    best token, a temperature above 0 or a `top_p` draws.
    """
    # Of the type of the neutral value: transformers refuses `temperature: 2`.
    settings = {
        name: type(neutral)(own[name] if type(own.get(name)) in {int, float} else neutral)
        for name, neutral in _NEUTRAL.items()
    }
    is_drawn = own.get("do_sample") is True
    if asked.top_p is not None:
        settings["top_p"], is_drawn = float(asked.top_p), True
    if asked.temperature is not None:
        settings["temperature"] = float(asked.temperature)
        is_drawn = asked.temperature > 0
    if settings["temperature"] <= 0:
        is_drawn = False
    return Choosing(
        is_greedy=not is_drawn,
        settings={
            name: value
            for name, value in settings.items()
            if value != _NEUTRAL[name] and (is_drawn or name in _HISTORY)
        },
    )
