"""The languages that answers are written in: one small definition each."""

from __future__ import annotations

from pytest_llmbench.languages.capability import cannot, cannot_call, cannot_hold
from pytest_llmbench.languages.definition import (
    Build,
    Cache,
    Driver,
    Language,
    Runner,
    Server,
    Toolchain,
)
from pytest_llmbench.languages.grammar import Grammar
from pytest_llmbench.languages.registry import (
    add_language,
    find_language,
    is_known,
    language_names,
)
from pytest_llmbench.languages.toolchains import programs

__all__ = [
    "Build",
    "Cache",
    "Driver",
    "Grammar",
    "Language",
    "Runner",
    "Server",
    "Toolchain",
    "add_language",
    "cannot",
    "cannot_call",
    "cannot_hold",
    "find_language",
    "is_known",
    "language_names",
    "programs",
]
