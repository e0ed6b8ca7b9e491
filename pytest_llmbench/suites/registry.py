"""The suites that can be named: `core`, `humaneval`."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from pathlib import Path

from pytest_llmbench.errors import SuiteError
from pytest_llmbench.suites.core import load_core
from pytest_llmbench.suites.humaneval import load_humaneval
from pytest_llmbench.vocabulary import Suite

__all__ = ["installed_suites", "load_suite"]

Notify = Callable[[str], None]

_LOADERS: dict[str, Callable[[Path | None, Notify], Suite]] = {
    "core": lambda _data_dir, _notify: load_core(),
    "humaneval": load_humaneval,
}


def installed_suites() -> tuple[str, ...]:
    """Name every suite that `load_suite` knows."""
    return tuple(_LOADERS)


def load_suite(name: str, data_dir: Path | None, notify: Notify) -> Suite:
    """Load an installed suite; `notify` is told, in one line, of anything that takes long."""
    loader = _LOADERS.get(name)
    if loader is None:
        near = difflib.get_close_matches(name, _LOADERS, n=1)
        hint = f"did you mean {near[0]!r}? " if near else ""
        raise SuiteError(
            f"unknown suite {name!r}; {hint}installed suites: {', '.join(installed_suites())}"
        )
    return loader(data_dir, notify)
