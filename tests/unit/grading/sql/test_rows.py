"""Rows are compared as bags or as lists, and numbers may be a little off."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_llmbench.grading.sql.rows import Table, explain

CELLS = (
    st.none()
    | st.integers(-(2**63), 2**63)
    | st.floats(-1e12, 1e12)
    | st.decimals(-(10**9), 10**9, places=4)
    | st.text(max_size=5)
    | st.binary(max_size=5)
)


@st.composite
def tables(draw: st.DrawFn) -> list[tuple[object, ...]]:
    columns = draw(st.integers(1, 4))
    return draw(st.lists(st.tuples(*[CELLS] * columns), max_size=12))


def why(
    expected: Sequence[Sequence[object]],
    actual: Sequence[Sequence[object]],
    *,
    is_ordered: bool = False,
) -> str | None:
    return explain(Table.of(expected), Table.of(actual), is_ordered=is_ordered)


@given(tables(), st.randoms(use_true_random=False))
def test_a_bag_has_no_order(rows: list[tuple[object, ...]], chance: random.Random) -> None:
    shuffled = chance.sample(rows, len(rows))

    assert why(rows, shuffled) is None
    assert why(rows, rows, is_ordered=True) is None


@given(tables().filter(bool), st.randoms(use_true_random=False))
def test_a_row_too_few_or_too_many_is_seen(
    rows: list[tuple[object, ...]], chance: random.Random
) -> None:
    fewer = chance.sample(rows, len(rows) - 1)

    for is_ordered in (False, True):
        assert why(rows, fewer, is_ordered=is_ordered) is not None or not fewer
        assert why(fewer, rows, is_ordered=is_ordered) is not None or not fewer
    assert why(rows, [*rows, rows[0]]) is not None


@given(
    st.lists(st.tuples(st.floats(0.001, 1e9), st.sampled_from("abc")), min_size=1, max_size=30),
    st.randoms(use_true_random=False),
)
def test_floats_may_be_a_little_off_in_any_order(
    rows: list[tuple[float, str]], chance: random.Random
) -> None:
    off = [(number * (1 + chance.uniform(-4e-7, 4e-7)), word) for number, word in rows]

    assert why(rows, chance.sample(off, len(off))) is None


@given(st.lists(st.integers(-100, 100), min_size=1, max_size=30), st.data())
def test_an_integer_that_differs_is_another_one(numbers: list[int], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(numbers) - 1))
    changed = [*numbers]
    changed[index] += data.draw(st.sampled_from([-1, 1]))

    assert why([(n,) for n in numbers], [(n,) for n in changed]) is not None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, True),
        (0, False),
        (1, 1.0),
        (1, Decimal("1.00")),
        (0.0, -0.0),
        (math.nan, math.nan),
        (math.inf, Decimal("Infinity")),
        (0.1 + 0.2, 0.3),
        (0.1 + 0.2, Decimal("0.3")),
        (1e-10, 0),
        (Decimal("3.3333"), Decimal("3.33333")),
        (Decimal("3.3333"), Decimal("3.3333333333333333")),
        (Decimal("0.66666"), Decimal("0.6667")),
        (2**63, Decimal(2**63)),
        ("[1, 2]", [1, 2]),
        (10**400, 10**400),
    ],
    ids=repr,
)
def test_equal_values(one: object, other: object) -> None:
    assert why([(one,)], [(other,)]) is None
    assert why([(other,)], [(one,)]) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (None, 0),
        (None, ""),
        (1, "1"),
        ("1", b"1"),
        ("a", "A"),
        ("a", "a "),
        (1, 2),
        (10**15, 10**15 + 1),
        (2**53, 2**53 + 1),
        (Decimal("1000000.00"), Decimal("1000000.50")),
        (Decimal("3.33"), Decimal("3.3333")),
        (3, Decimal("3.3333")),
        (Decimal("1E+999999"), Decimal("1E-999999")),
        (1.0, 1.00001),
        (math.nan, 0.0),
        (math.nan, None),
        (math.inf, -math.inf),
        (10**400, 1.5),
        ("2024-01-01", "2024-01-02"),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_values_that_differ(one: object, other: object) -> None:
    assert why([(one,)], [(other,)]) is not None
    assert why([(other,)], [(one,)]) is not None
    assert why([(one,)], [(other,)], is_ordered=True) is not None


def test_a_partner_is_given_up_where_another_needs_it() -> None:
    # 1 is close to both, 1 + 1.5e-6 only to the second: taking the nearest first would fail.
    expected = [(1.0,), (1.0 + 1.2e-6,)]
    actual = [(1.0 + 0.6e-6,), (1.0 - 0.3e-6,)]

    assert why(expected, actual) is None
    assert why(expected, [*reversed(actual)]) is None


def test_closeness_in_one_column_is_not_enough() -> None:
    expected = [(0.1 + 0.2, 1.0), (0.3, 2.0)]

    assert why(expected, [(0.3, 2.0), (0.3, 1.0)]) is None
    assert why(expected, [(0.3, 2.0), (0.3, 2.0)]) is not None


@pytest.mark.parametrize(
    ("expected", "actual", "is_ordered", "words"),
    [
        ([(1, 2)], [(1,)], False, "1 column, expected 2; the first row is (1)"),
        ([(1,), (2,)], [(2,), (3,)], False,
         "2 rows, expected 2\nmissing: (1)\nnot expected: (3)"),
        ([(n,) for n in range(5)], [], False, "0 rows, expected 5\nmissing: (0) and 4 more"),
        ([(None, "x", Decimal("1.50"))], [], False,
         "0 rows, expected 1\nmissing: (NULL, 'x', 1.50)"),
        ([(1,), (2,)], [(2,), (1,)], True,
         "the rows are right, their order is not: row 1 is (2), expected (1)"),
        ([(1,), (2,)], [(1,), (3,)], True, "2 rows, expected 2\nrow 2 is (3), expected (2)"),
        ([(1,), (2,)], [(1,)], True, "1 row, expected 2\nrow 2 is missing: (2)"),
        ([(1,)], [(1,), (2,)], True, "2 rows, expected 1\nrow 2 is one too many: (2)"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(
    expected: list[tuple[object, ...]],
    actual: list[tuple[object, ...]],
    is_ordered: bool,
    words: str,
) -> None:
    assert words == why(expected, actual, is_ordered=is_ordered)


def test_columns_count_where_there_are_no_rows() -> None:
    two, three = Table.of([], 2), Table.of([], 3)

    assert explain(two, two, is_ordered=False) is None
    assert "3 columns, expected 2" == explain(two, three, is_ordered=False)
    assert explain(Table.of([]), three, is_ordered=False) is None


def test_rows_of_different_lengths_are_no_table() -> None:
    with pytest.raises(ValueError, match="different lengths"):
        Table.of([(1, 2), (3,)])


def test_words_are_bounded_whatever_the_rows_hold() -> None:
    row = tuple("\x1b" * 1000 for _ in range(1000))

    words = why([tuple(range(1000))], [row])

    assert words is not None
    assert len(words) < 10_000


@pytest.mark.parametrize(
    "rows",
    [
        [(1.0, float(number)) for number in range(20_000)],
        [(1.0 + number * 1e-12,) for number in range(5_000)],
        [(1.0 + number * 1e-9, "x") for number in range(5_000)],
    ],
    ids=["one-column-alike", "all-close", "chain"],
)
def test_many_rows_that_are_close_to_each_other(rows: list[tuple[float, ...]]) -> None:
    off = [(row[0] + 5e-7, *row[1:]) for row in rows]

    assert why(rows, off[::-1]) is None
    assert why(rows, [*off[1:], (5.0, *rows[0][1:])]) is not None


def test_many_honest_rows_that_are_all_a_little_off() -> None:
    rows = [(f"k{number % 7}", 0.1 * number, number) for number in range(20_000)]
    off = [(key, value * (1 + 1e-9), number) for key, value, number in reversed(rows)]

    assert why(rows, off) is None
