"""Values of a result, in one form for every dialect and driver.

Two honest queries may give the same value as an integer, a decimal or a boolean, at
midnight or on a date, with its JSON spaced differently. What is left after this are
`None`, `int`, `float`, `Decimal`, `str` and `bytes`, which can be compared as they are.
"""

from __future__ import annotations

import json
import math
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

__all__ = ["Cell", "duration", "normalise", "timestamp"]

Cell = int | float | Decimal | str | bytes | None

_JSON_ENDS = {"{": "}", "[": "]"}
_JSON_DIGITS = 9
_MICROSECONDS = 1_000_000
_DAY = 86_400 * _MICROSECONDS


def normalise(value: object) -> Cell:
    """Bring one value into the common form."""
    match value:
        case None | bytes():
            return value
        case bool():
            return int(value)
        case int() | float():
            return value
        case Decimal():
            return value if value.is_finite() else float(value)
        case str():
            return _text(value)
        case bytearray() | memoryview():
            return bytes(value)
        case datetime():
            return timestamp(value)
        case date():
            return value.isoformat()
        case time():
            return _clock(value)
        case timedelta():
            return duration(0, value // timedelta(microseconds=1))
        case list() | tuple() | dict():
            return _json(value)
    return str(value)


def timestamp(value: datetime) -> str:
    """Write a timestamp: in UTC where it has a zone, and a midnight as its date.

    `date_trunc('month', day)` gives a timestamp where a cast gives a date: they mean
    the same day.
    """
    if value.tzinfo is not None:
        try:
            value = value.astimezone(UTC).replace(tzinfo=None)
        except OverflowError:  # within hours of the year 1 or 9999
            return value.isoformat(" ")
    if value.time() == time():
        return value.date().isoformat()
    return f"{value.date().isoformat()} {_clock(value.time())}"


def _clock(value: time) -> str:
    text = value.isoformat()
    return text.rstrip("0") if value.microsecond and value.tzinfo is None else text


def duration(months: int, microseconds: int) -> str:
    """Write an interval the ISO way: `P1Y2M3DT4H5M6.7S`, `-PT1H`, `PT0S`.

    A day is 24 hours; a month is a month.
    """
    if (months, microseconds) < (0, 0):
        return f"-{duration(-months, -microseconds)}"
    sign = "-" if microseconds < 0 else ""  # against the months' one
    days, rest = divmod(abs(microseconds), _DAY)
    seconds, fraction = divmod(rest, _MICROSECONDS)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    exact = f"{seconds}.{fraction:06}".rstrip("0") if fraction else str(seconds)
    years, months = divmod(months, 12)
    day_part = _parts((f"{years}", "Y"), (f"{months}", "M"), (f"{sign}{days}", "D"))
    clock = _parts((f"{sign}{hours}", "H"), (f"{sign}{minutes}", "M"), (f"{sign}{exact}", "S"))
    if not day_part and not clock:
        return "PT0S"
    return f"P{day_part}T{clock}" if clock else f"P{day_part}"


def _parts(*parts: tuple[str, str]) -> str:
    return "".join(f"{number}{unit}" for number, unit in parts if number not in {"0", "-0"})


def _text(value: str) -> str:
    """Give JSON objects and arrays one spelling; leave every other text alone."""
    if _JSON_ENDS.get(value[:1]) != value[-1:] or not value:
        return value
    try:
        return _json(json.loads(value))
    except (ValueError, RecursionError):
        return value


def _json(value: object) -> str:
    try:
        return json.dumps(
            _plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str
        )
    except (ValueError, RecursionError, TypeError):
        return str(value)


def _plain(value: object) -> object:
    """Bring what is nested into the common form, and numbers to their shortest one."""
    match value:
        case dict():
            return {str(key): _plain(item) for key, item in value.items()}
        case list() | tuple():
            return [_plain(item) for item in value]
        case bool() | None | int() | str():
            return value
        case bytes():
            return value.hex()
    cell = normalise(value)
    if isinstance(cell, float | Decimal):
        number = float(cell)
        if not math.isfinite(number):
            return str(number)
        rounded = float(f"{number:.{_JSON_DIGITS}g}")
        return int(rounded) if rounded.is_integer() else rounded
    return cell
