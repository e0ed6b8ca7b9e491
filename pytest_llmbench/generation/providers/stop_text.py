"""Where an answer ends, for servers that leave the text that ended it on."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pytest_llmbench.vocabulary import FinishReason, Generation, Model

__all__ = ["without_stop"]

_REST_OF_A_TOKEN = re.compile(r"\s*\S*")


def without_stop(generation: Generation, model: Model) -> Generation:
    """Cut off a stop text, and what else its last token held.

    The APIs say that an answer does not contain it. `transformers serve` ends with the whole
    token in which it was complete: asked to stop at `\\nde`, it says `\\ndef`. An answer that
    goes on for longer is left as it is: that server does not know stop texts, which a note
    says.
    """
    stops = model.sampling.stop
    if generation.finish_reason is not FinishReason.STOP or "stop" in generation.dropped:
        return generation
    found = [(at, stop) for stop in stops if stop and (at := generation.text.find(stop)) >= 0]
    if not found or _has_a_say(model.extra_body):
        return generation
    at, stop = min(found)
    if not _REST_OF_A_TOKEN.fullmatch(generation.text, at + len(stop)):
        return generation
    return replace(generation, text=generation.text[:at])


def _has_a_say(extra_body: Mapping[str, Any]) -> bool:
    """Whether an `extra_body` is about stop texts itself: others, or to be kept."""
    return any(
        "stop" in key.lower() or (isinstance(value, Mapping) and _has_a_say(value))
        for key, value in extra_body.items()
    )
