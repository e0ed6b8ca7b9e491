"""Compare what a program printed with what it should have printed."""

from __future__ import annotations

import math
import re

from pytest_llmbench.grading.compare import show
from pytest_llmbench.vocabulary import Comparison

__all__ = ["explain_output"]

_WHOLE = re.compile(r"[-+]?\d+")
_NUMBER = re.compile(
    r"[-+]?(?:(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|inf(?:inity)?|nan)", re.IGNORECASE
)
_SHOWN = 200


def explain_output(
    expected: str, actual: str, comparison: Comparison, tolerance: float
) -> str | None:
    """Return None where the texts are equal, else the first difference in words."""
    if comparison is Comparison.EXACT:
        return _explain_exact(expected, actual)
    words, printed = expected.split(), actual.split()
    for number, (want, got) in enumerate(zip(words, printed, strict=False), 1):
        if want == got:
            continue
        if comparison is Comparison.FLOATS and _are_close(want, got, tolerance):
            continue
        return f"word {number} is {show(got, _SHOWN)}, expected {show(want, _SHOWN)}"
    if len(words) == len(printed):
        return None
    if not printed:
        return f"printed nothing, expected {len(words)} word(s): {show(expected, _SHOWN)}"
    return f"printed {len(printed)} word(s), expected {len(words)}"


def _explain_exact(expected: str, actual: str) -> str | None:
    want, got = expected.removesuffix("\n"), actual.removesuffix("\n")
    if want == got:
        return None
    lines, printed = want.split("\n"), got.split("\n")
    for number, (line, other) in enumerate(zip(lines, printed, strict=False), 1):
        if line != other:
            return f"line {number} is {show(other, _SHOWN)}, expected {show(line, _SHOWN)}"
    return f"printed {len(printed)} line(s), expected {len(lines)}"


def _are_close(expected: str, actual: str, tolerance: float) -> bool:
    """Compare two words as numbers; whole ones are equal or they are not."""
    if _WHOLE.fullmatch(expected) and _WHOLE.fullmatch(actual):
        return _magnitude(expected) == _magnitude(actual)
    if not _NUMBER.fullmatch(expected) or not _NUMBER.fullmatch(actual):
        return False
    want, got = float(expected), float(actual)
    if math.isnan(want) or math.isnan(got):
        return math.isnan(want) and math.isnan(got)
    return math.isclose(want, got, rel_tol=tolerance, abs_tol=tolerance)


def _magnitude(word: str) -> str:
    """Normalise a whole number as text: it may have more digits than Python reads."""
    digits = word.lstrip("+-").lstrip("0") or "0"
    return f"-{digits}" if word.startswith("-") and digits != "0" else digits
