"""Compare the rows of a result with those that are expected, outside every engine.

Rows are a bag unless the question orders them; the names of columns do not matter,
their number and order do. Numbers may be a little off, so a bag cannot be compared by
counting equal rows alone: what counting leaves over is matched, row by row.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import Counter, defaultdict, deque
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from pytest_llmbench.grading.compare import show
from pytest_llmbench.grading.sql.cells import Cell, normalise

__all__ = ["Row", "Table", "explain"]

Row = tuple[Cell, ...]

_RELATIVE = 1e-6
_ABSOLUTE = 1e-9
_EXACT_RELATIVE = Decimal("1e-12")
_INEXACT_PLACES = 4
"""Engines stop dividing decimals after this many places or more."""
_MAX_COMPARISONS = 1_000_000
_NAN = object()
_SHOWN_COLUMNS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """The rows of one result, in the common form."""

    rows: tuple[Row, ...]
    columns: int | None = None
    """How many there are; `None` where only the rows are known, and there are none."""

    @classmethod
    def of(cls, rows: Iterable[Sequence[object]], columns: int | None = None) -> Table:
        """Normalise rows; raise ValueError where they do not have the same length."""
        normal = tuple(tuple(normalise(value) for value in row) for row in rows)
        if columns is None and normal:
            columns = len(normal[0])
        if any(len(row) != columns for row in normal):
            raise ValueError("rows of different lengths")
        return cls(rows=normal, columns=columns)


def explain(expected: Table, actual: Table, *, is_ordered: bool) -> str | None:
    """Return None where the tables are equal, else what is wrong, in words."""
    wanted, found = expected.columns, actual.columns
    if wanted is not None and found is not None and wanted != found:
        first = f"; the first row is {_shown(actual.rows[0])}" if actual.rows else ""
        return f"{_count(found, 'column')}, expected {wanted}{first}"
    differs = None
    if is_ordered:
        differs = _explain_list(expected.rows, actual.rows)
        if differs is None:
            return None
    missing, extra = _unmatched(expected.rows, actual.rows)
    if not missing and not extra:
        return f"the rows are right, their order is not: {differs}" if differs else None
    count = f"{_count(len(actual.rows), 'row')}, expected {len(expected.rows)}"
    lines = [count, *([differs] if differs else [])]
    for label, rows in (("missing", missing), ("not expected", extra)):
        if rows and not differs:
            lines.append(f"{label}: {_shown(rows[0])}{_and_more(len(rows) - 1)}")
    return "\n".join(lines)


def _shown(row: Row) -> str:
    cells = [_shown_cell(cell) for cell in row[:_SHOWN_COLUMNS]]
    return f"({', '.join(cells)}{', ...' if len(row) > _SHOWN_COLUMNS else ''})"


def _shown_cell(cell: Cell) -> str:
    if cell is None:
        return "NULL"
    return str(cell)[:100] if isinstance(cell, Decimal) else show(cell, 200)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _and_more(number: int) -> str:
    return f" and {number} more" if number else ""


def _explain_list(expected: Sequence[Row], actual: Sequence[Row]) -> str | None:
    for number, (want, got) in enumerate(zip(expected, actual, strict=False), 1):
        if not _same_row(want, got):
            return f"row {number} is {_shown(got)}, expected {_shown(want)}"
    if len(expected) > len(actual):
        return f"row {len(actual) + 1} is missing: {_shown(expected[len(actual)])}"
    if len(actual) > len(expected):
        return f"row {len(expected) + 1} is one too many: {_shown(actual[len(expected)])}"
    return None


def _same_row(expected: Row, actual: Row) -> bool:
    return all(map(_same, expected, actual))


def _same(expected: Cell, actual: Cell) -> bool:
    """Tell whether two values are equal; kinds never are, but for those of numbers."""
    if not isinstance(expected, int | float | Decimal):
        return type(expected) is type(actual) and expected == actual
    if not isinstance(actual, int | float | Decimal):
        return False
    if expected == actual:
        return True
    if isinstance(expected, float) or isinstance(actual, float):
        return _close(expected, actual)
    # Two integers that differ are two numbers.
    if isinstance(expected, int) and isinstance(actual, int):
        return False
    return _close_decimals(Decimal(expected), Decimal(actual))


def _close(expected: int | float | Decimal, actual: int | float | Decimal) -> bool:
    try:
        one, other = float(expected), float(actual)
    except OverflowError:
        return False
    if math.isnan(one) or math.isnan(other):
        return math.isnan(one) and math.isnan(other)
    return math.isclose(one, other, rel_tol=_RELATIVE, abs_tol=_ABSOLUTE)


def _close_decimals(expected: Decimal, actual: Decimal) -> bool:
    """Allow what is lost by dividing in another order, and nothing that rounding loses.

    A third of 10 is `3.3333` or `3.33333` in MySQL, depending on how it was asked for.
    """
    try:
        off = abs(expected - actual)
        if off <= _EXACT_RELATIVE * max(abs(expected), abs(actual)):
            return True
        places = min(_places(expected), _places(actual))
        return places >= _INEXACT_PLACES and off <= Decimal(1).scaleb(-places)
    except ArithmeticError:  # beyond a decimal's exponents
        return False


def _places(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    return -exponent if isinstance(exponent, int) else 0


def _unmatched(expected: Sequence[Row], actual: Sequence[Row]) -> tuple[list[Row], list[Row]]:
    """Return the rows of each side that have no partner on the other."""
    groups: dict[Hashable, tuple[list[Row], list[Row]]] = defaultdict(lambda: ([], []))
    for side, rows in enumerate((expected, actual)):
        for row in rows:
            groups[_exact_part(row)][side].append(row)
    missing: list[Row] = []
    extra: list[Row] = []
    budget = _Budget(_MAX_COMPARISONS)
    for wanted, found in groups.values():
        if _are_close_in_order(wanted, found):
            continue
        left, right = _subtract(wanted, found), _subtract(found, wanted)
        if left and right:
            left, right = _match(left, right, budget)
        missing += left
        extra += right
    return missing, extra


def _are_close_in_order(expected: list[Row], actual: list[Row]) -> bool:
    """Pair rows by their numbers' order: mostly that is all there is to do."""
    return len(expected) == len(actual) and all(
        map(_same_row, sorted(expected, key=_numbers), sorted(actual, key=_numbers))
    )


def _numbers(row: Row) -> tuple[float, ...]:
    return tuple(map(_position, row))


def _subtract(rows: Sequence[Row], others: Sequence[Row]) -> list[Row]:
    """Return the rows left over once each equal pair is taken away, in their order."""
    counts = Counter(_key(row) for row in others)
    left = []
    for row in rows:
        key = _key(row)
        if counts[key]:
            counts[key] -= 1
        else:
            left.append(row)
    return left


def _key(row: Row) -> Hashable:
    # Numbers of any kind hash alike where they are equal; text equals only text.
    return tuple(_NAN if value != value else value for value in row)  # noqa: PLR0124


def _exact_part(row: Row) -> Hashable:
    """Return what two rows must share exactly; numbers only have to be numbers."""
    return tuple(None if isinstance(value, int | float | Decimal) else (value,) for value in row)


class _Budget:
    """How many comparisons are left: hostile rows must not cost more than honest ones."""

    def __init__(self, left: int) -> None:
        self.left = left

    def spend(self) -> bool:
        self.left -= 1
        return self.left >= 0


def _match(expected: list[Row], actual: list[Row], budget: _Budget) -> tuple[list[Row], list[Row]]:
    """Pair rows that are close, as many as can be, and return those left alone.

    Closeness is not transitive, so taking the first close row could leave another one
    alone: a partner is given up where the other can have a different one (augmenting
    paths). Rows are looked for near their value in the column that tells most apart.
    """
    column = _telling_column(actual)
    order = sorted(range(len(actual)), key=lambda index: _position(actual[index][column]))
    positions = [_position(actual[index][column]) for index in order]
    near: list[list[int]] = []
    for row in expected:
        at = _position(row[column])
        reach = max(_ABSOLUTE, abs(at) * _RELATIVE) * 2 if math.isfinite(at) else 0.0
        # Decimals may be off by one in their last place.
        reach = max(reach, 10.0**-_INEXACT_PLACES * 2)
        window = range(bisect_left(positions, at - reach), len(order))
        close = []
        for place in window:
            if positions[place] > at + reach or not budget.spend():
                break
            if _same_row(row, actual[order[place]]):
                close.append(order[place])
        near.append(close)
    partner = _pair(near, budget)
    taken = set(partner.values())
    return (
        [row for index, row in enumerate(expected) if index not in partner],
        [row for index, row in enumerate(actual) if index not in taken],
    )


def _telling_column(rows: list[Row]) -> int:
    """Return the column of numbers with the most different ones."""
    columns = range(len(rows[0]))
    numbers = [c for c in columns if isinstance(rows[0][c], int | float | Decimal)]
    return max(numbers, key=lambda c: len({row[c] for row in rows}), default=0)


def _position(value: Cell) -> float:
    if not isinstance(value, int | float | Decimal):
        return 0.0
    try:
        number = float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf
    return math.inf if math.isnan(number) else number


def _pair(near: list[list[int]], budget: _Budget) -> dict[int, int]:
    """Return a largest pairing, as a row of the right for each row of the left.

    Once a row of the left must stay alone the tables differ; from then on the pairing
    only serves to show what differs, and need not be the largest.
    """
    right_of: dict[int, int] = {}
    left_of: dict[int, int] = {}
    is_complete = True
    for start in range(len(near)):
        came_from = dict.fromkeys(near[start], start)
        end = next((right for right in near[start] if right not in left_of), None)
        queue = deque(near[start] if end is None and is_complete else ())
        while queue and end is None:
            left = left_of[queue.popleft()]
            for right in near[left]:
                if right in came_from or not budget.spend():
                    continue
                came_from[right] = left
                if right not in left_of:
                    end = right
                    break
                queue.append(right)
        is_complete &= end is not None
        while end is not None:
            left = came_from[end]
            left_of[end] = left
            before = right_of.get(left)
            right_of[left] = end
            end = before
    return right_of
