"""pytest-llmbench: evaluate code LLMs as pytest suites.

What a test file of one's own may want to name in annotations is here; everything else is
private. Names are loaded on first use, because pytest imports this package in every
session.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pytest_llmbench.plugin.bodies import LLM, Reply, Solution
    from pytest_llmbench.records.record import Record
    from pytest_llmbench.vocabulary import Model, Outcome, Problem

__all__ = ["LLM", "Model", "Outcome", "Problem", "Record", "Reply", "Solution", "__version__"]

_HOMES = {
    "LLM": "plugin.bodies",
    "Model": "vocabulary",
    "Outcome": "vocabulary",
    "Problem": "vocabulary",
    "Record": "records.record",
    "Reply": "plugin.bodies",
    "Solution": "plugin.bodies",
}


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("pytest-llmbench")
    if name in _HOMES:
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    msg = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(msg)
