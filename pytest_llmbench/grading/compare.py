"""Compare a returned value with the expected one, outside the answer's process.

Both are exact builtin values by now, so that no operator asked here was written
by the answer. `docs/judging.md` states the rules.
"""

from __future__ import annotations

import math
import reprlib

from pytest_llmbench.grading.values import Opaque

__all__ = ["explain_mismatch", "show"]

_RELATIVE = 1e-6
_ABSOLUTE = 1e-9
_MAX_PAIRS = 200
_SEQUENCES = (list, tuple)
_SETS = (set, frozenset)

_shown = reprlib.Repr()
_shown.maxlevel = 6
_shown.maxlist = _shown.maxtuple = _shown.maxset = _shown.maxfrozenset = _shown.maxdict = 30
_shown.maxstring = _shown.maxother = 300
_shown.maxlong = 100


def show(value: object, limit: int = 600) -> str:
    """Write a value for people, bounded in length."""
    try:
        text = _shown.repr(value)
    except ValueError:  # an int with more digits than Python writes
        text = f"<{type(value).__name__}>"
    return text if len(text) <= limit else f"{text[: limit - 3]}..."


def explain_mismatch(
    expected: object,
    actual: object,
    language: str,
    *,
    is_typed: bool = False,
    is_unordered: bool = False,
) -> str | None:
    """Return None where the values are equal, else the first difference in words.

    `is_typed`: a signature declares the return type, so that a list is not a
    tuple. Only Python has both; in JavaScript an array is either. `is_unordered`: the
    items of the list itself, not of lists in it, may come in any order.
    """
    comparison = _Comparison(is_python=language == "python", is_typed=is_typed)
    if is_unordered and isinstance(expected, _SEQUENCES) and isinstance(actual, _SEQUENCES):
        return comparison.explain_bag(expected, actual)
    return comparison.explain(expected, actual, "")


class _Comparison:
    """The rules of one language, applied to two values of any depth."""

    def __init__(self, *, is_python: bool, is_typed: bool) -> None:
        self._is_python = is_python
        self._tells_lists_from_tuples = is_python and is_typed

    def explain(self, expected: object, actual: object, place: str) -> str | None:
        if isinstance(actual, Opaque):
            return f"{_at(place)}{actual.type_name} is not a plain value: {actual.text}"
        match expected:
            case None | bool() | str() | bytes() | range():
                is_equal = type(actual) is type(expected) and actual == expected
                if self._is_python or not isinstance(expected, (bytes, range)):
                    return None if is_equal else _differs(expected, actual, place)
                return self._sequence(list(expected), actual, place)
            case int() | float() | complex():
                return None if _same_number(expected, actual) else _differs(expected, actual, place)
            case list() | tuple():
                return self._sequence(expected, actual, place)
            case set() | frozenset():
                return self._set(expected, actual, place)
            case dict():
                return self._dict(expected, actual, place)
        return f"{_at(place)}cannot compare with a {type(expected).__name__}"

    def _sequence(
        self, expected: list[object] | tuple[object, ...], actual: object, place: str
    ) -> str | None:
        if not isinstance(actual, _SEQUENCES):
            return _differs(expected, actual, place)
        if self._tells_lists_from_tuples and type(actual) is not type(expected):
            return _differs_in_kind(expected, actual, place)
        if len(actual) != len(expected):
            return (
                f"{_at(place)}{len(actual)} items, expected {len(expected)}: "
                f"{show(actual, 200)}, expected {show(expected, 200)}"
            )
        for index, (want, got) in enumerate(zip(expected, actual, strict=True)):
            mismatch = self.explain(want, got, f"{place}[{index}]")
            if mismatch:
                return mismatch
        return None

    def explain_bag(
        self,
        expected: list[object] | tuple[object, ...],
        actual: list[object] | tuple[object, ...],
    ) -> str | None:
        """Compare what counts how often, in any order."""
        if self._tells_lists_from_tuples and type(actual) is not type(expected):
            return _differs_in_kind(expected, actual, "")
        missing, extra = self._unmatched(list(expected), list(actual))
        if not missing and not extra:
            return None
        return (
            f"{show(actual)}, expected in any order {show(expected)}: "
            f"missing {show(missing, 200)}, not expected {show(extra, 200)}"
        )

    def _set(
        self, expected: set[object] | frozenset[object], actual: object, place: str
    ) -> str | None:
        if not isinstance(actual, _SETS):
            return _differs(expected, actual, place)
        missing, extra = self._unmatched(list(expected), list(actual))
        if missing or extra:
            return (
                f"{_at(place)}missing {show(missing, 200)}, "
                f"not expected {show(extra, 200)} in a set"
            )
        return None

    def _dict(self, expected: dict[object, object], actual: object, place: str) -> str | None:
        if not isinstance(actual, dict):
            return _differs(expected, actual, place)
        found = {_key(key): value for key, value in actual.items()}
        for key, want in expected.items():
            marker = next((m for m in self._spellings(key) if m in found), None)
            if marker is None:
                near = (_key(name) for name in actual if self.explain(key, name, "") is None)
                marker = next((m for m in near if m in found), None)
            if marker is None:
                return f"{_at(place)}no key {show(key, 100)} in {show(actual, 200)}"
            mismatch = self.explain(want, found.pop(marker), f"{place}[{show(key, 60)}]")
            if mismatch:
                return mismatch
        if found:
            extra = [key for key in actual if _key(key) in found]
            return f"{_at(place)}keys that were not expected: {show(extra, 200)}"
        return None

    def _spellings(self, key: object) -> list[object]:
        """Return the markers under which a key may be found.

        The keys of a JavaScript object are strings, whatever they were.
        """
        markers = [_key(key)]
        if not self._is_python and isinstance(key, (int, float)):
            text = str(key).lower() if isinstance(key, bool) else f"{key:g}"
            markers.append(_key(str(key) if type(key) is int else text))
        return markers

    def _unmatched(
        self, expected: list[object], actual: list[object]
    ) -> tuple[list[object], list[object]]:
        """Pair equal elements: by key, then numbers by size, then each with each."""
        missing, extra = _unmatched_keys(expected, actual)
        if len(missing) == len(extra) > 0 and all(map(_is_real, [*missing, *extra])):
            missing, extra = self._unmatched_pairs(sorted(missing), sorted(extra))  # type: ignore[type-var]
        if max(len(missing), len(extra)) > _MAX_PAIRS:
            return missing, extra
        for want in list(missing):
            near = (at for at, got in enumerate(extra) if self.explain(want, got, "") is None)
            at = next(near, None)
            if at is not None:
                missing.pop(next(i for i, item in enumerate(missing) if item is want))
                extra.pop(at)
        return missing, extra

    def _unmatched_pairs(
        self, expected: list[object], actual: list[object]
    ) -> tuple[list[object], list[object]]:
        pairs = [
            (want, got)
            for want, got in zip(expected, actual, strict=True)
            if self.explain(want, got, "") is not None
        ]
        return [want for want, _ in pairs], [got for _, got in pairs]


def _unmatched_keys(
    expected: list[object], actual: list[object]
) -> tuple[list[object], list[object]]:
    """Pair elements that are equal without any tolerance; give what is left over."""
    found: dict[object, list[object]] = {}
    for item in actual:
        found.setdefault(_key(item), []).append(item)
    missing = []
    for item in expected:
        same = found.get(_key(item))
        if same:
            same.pop()
        else:
            missing.append(item)
    return missing, [item for items in found.values() for item in items]


def _is_real(value: object) -> bool:
    return type(value) in {int, float} and value == value  # noqa: PLR0124 - not nan


def _key(value: object) -> object:
    """Return a hashable marker that tells True from 1, but not 1 from 1.0."""
    match value:
        case bool() | None | str() | bytes() | range() | complex():
            return type(value).__name__, value
        case int() | float():
            return "number", value
        case list() | tuple():
            return "sequence", tuple(_key(item) for item in value)
        case set() | frozenset():
            return "set", frozenset(_key(item) for item in value)
    return "other", id(value)


def _same_number(expected: complex, actual: object) -> bool:
    if isinstance(actual, bool) or not isinstance(actual, (int, float, complex)):
        return False
    if isinstance(expected, complex) or isinstance(actual, complex):
        if isinstance(expected, int):
            return actual == expected
        try:
            both = complex(expected), complex(actual)
        except OverflowError:
            return False
        return _close(both[0].real, both[1].real) and _close(both[0].imag, both[1].imag)
    return _close(expected, actual) if isinstance(expected, float) else expected == actual


def _close(expected: float, actual: float) -> bool:
    if math.isnan(expected):
        return actual != actual  # noqa: PLR0124 - nan, also for ints too large for isnan
    try:
        return math.isclose(expected, actual, rel_tol=_RELATIVE, abs_tol=_ABSOLUTE)
    except OverflowError:
        return False


def _differs(expected: object, actual: object, place: str) -> str:
    if type(expected) is not type(actual) and show(expected) == show(actual):
        return _differs_in_kind(expected, actual, place)
    return f"{_at(place)}{show(actual)}, expected {show(expected)}"


def _differs_in_kind(expected: object, actual: object, place: str) -> str:
    return (
        f"{_at(place)}a {type(actual).__name__}, expected a {type(expected).__name__}: "
        f"{show(actual, 200)}, expected {show(expected, 200)}"
    )


def _at(place: str) -> str:
    return f"at {place[:200]}: " if place else ""
