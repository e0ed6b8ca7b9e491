"""Values of every driver come into one form, and nothing hostile stops that."""

from __future__ import annotations

import datetime as dt
import json
import math
import uuid
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_llmbench.grading.sql.cells import duration, normalise

CEST = dt.timezone(dt.timedelta(hours=2))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (True, 1),
        (False, 0),
        (7, 7),
        (1.5, 1.5),
        (Decimal("1.50"), Decimal("1.5")),
        (Decimal("Infinity"), math.inf),
        ("text ", "text "),
        (b"\0\xff", b"\0\xff"),
        (bytearray(b"x"), b"x"),
        pytest.param(memoryview(b"x"), b"x", id="memoryview"),
        (dt.date(2024, 2, 29), "2024-02-29"),
        (dt.datetime(2024, 2, 29), "2024-02-29"),
        (dt.datetime(2024, 2, 29, 1, 2, 3), "2024-02-29 01:02:03"),
        (dt.datetime(2024, 2, 29, 1, 2, 3, 500_000), "2024-02-29 01:02:03.5"),
        (dt.datetime(2024, 2, 29, 1, tzinfo=CEST), "2024-02-28 23:00:00"),
        (dt.datetime(2024, 2, 29, 2, tzinfo=CEST), "2024-02-29"),
        (dt.datetime(1, 1, 1, tzinfo=CEST), "0001-01-01 00:00:00+02:00"),
        (dt.time(1, 2, 3), "01:02:03"),
        (dt.time(1, 2, 3, 40), "01:02:03.00004"),
        (dt.timedelta(days=1, hours=2), "P1DT2H"),
        (dt.timedelta(seconds=-1.5), "-PT1.5S"),
        (uuid.UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        ([1, None, Decimal("1.0")], "[1,null,1]"),
        ({"b": [dt.date(2024, 1, 1)], "a": 0.1 + 0.2}, '{"a":0.3,"b":["2024-01-01"]}'),
        ('{"b": 1, "a": [1.0, true]}', '{"a":[1,true],"b":1}'),
        ("[1, 2]", "[1,2]"),
        ("[not json]", "[not json]"),
        ("{}x", "{}x"),
        ("", ""),
        ("[" * 100_000 + "]" * 100_000, "[" * 100_000 + "]" * 100_000),
        (f"[{'9' * 10_000}]", f"[{'9' * 10_000}]"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_values_have_one_form(value: object, expected: object) -> None:
    assert expected == normalise(value)
    assert type(expected) is type(normalise(value))


def test_a_decimal_that_is_no_number_is_nan() -> None:
    assert math.isnan(normalise(Decimal("NaN")))  # type: ignore[arg-type]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
).filter(lambda value: isinstance(value, list | dict))


@given(JSON)
def test_json_is_equal_however_it_is_spelt(value: Any) -> None:
    spellings = {
        normalise(json.dumps(value)),
        normalise(json.dumps(value, indent=2, ensure_ascii=False)),
        normalise(json.dumps(value, separators=(",", ":"), sort_keys=True)),
    }

    assert 1 == len(spellings)


@pytest.mark.parametrize(
    ("months", "seconds", "expected"),
    [
        (0, 0, "PT0S"),
        (14, 0, "P1Y2M"),
        (0, 86_400, "P1D"),
        (0, 25 * 3600 + 61, "P1DT1H1M1S"),
        (1, 0.25, "P1MT0.25S"),
        (-1, -3600, "-P1MT1H"),
        (1, -3600, "P1MT-1H"),
        (-1, 3600, "-P1MT-1H"),
    ],
)
def test_intervals_are_written_the_iso_way(months: int, seconds: float, expected: str) -> None:
    assert expected == duration(months, int(seconds * 1_000_000))


@given(st.integers(-1000, 1000), st.integers(-(10**12), 10**12))
def test_different_intervals_are_written_differently(months: int, microseconds: int) -> None:
    text = duration(months, microseconds)

    assert text != duration(months, microseconds + 1)
    assert text != duration(months + 1, microseconds)
    assert text == duration(months, microseconds)
