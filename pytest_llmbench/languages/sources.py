"""The drivers' own sources, in the languages that they serve."""

from __future__ import annotations

import functools
from pathlib import Path

__all__ = ["driver_source"]

_FOLDER = Path(__file__).parent / "drivers"


@functools.cache
def driver_source(name: str) -> str:
    """Return a file of the drivers' folder."""
    return (_FOLDER / name).read_text("utf-8")
