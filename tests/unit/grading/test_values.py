"""The codec brings every plain value back as it was, and nothing else across."""

from __future__ import annotations

import collections
import contextlib
import enum
import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_llmbench.grading.values import (
    MAX_DEPTH,
    Opaque,
    ProtocolViolation,
    UnsendableError,
    decode,
    encode,
)

hashable = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(st.characters())
    | st.binary(),
    lambda inner: st.lists(inner, max_size=3).map(tuple) | st.frozensets(inner, max_size=3),
    max_leaves=8,
)
plain = st.recursive(
    hashable
    | st.integers(min_value=2**52)
    | st.complex_numbers(allow_nan=False)
    | st.builds(range, st.integers(), st.integers(), st.integers(min_value=1)),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.sets(hashable, max_size=4)
        | st.dictionaries(hashable, inner, max_size=4)
    ),
    max_leaves=20,
)


def shape(value: object) -> object:
    """Write a value so that 1, 1.0 and True differ, and 0.0 from -0.0."""
    match value:
        case list() | tuple():
            return type(value).__name__, [shape(item) for item in value]
        case set() | frozenset():
            return type(value).__name__, sorted(str(shape(item)) for item in value)
        case dict():
            return "dict", [(shape(key), shape(item)) for key, item in value.items()]
        case float():
            return "float", value.hex()
        case complex():
            return "complex", value.real.hex(), value.imag.hex()
    return type(value).__name__, value


@given(plain)
def test_a_plain_value_comes_back_as_it_was(value: object) -> None:
    assert shape(value) == shape(decode(encode(value)))


@pytest.mark.parametrize(
    "value",
    [2**53, 2**53 + 1, -(2**53) - 1, 10**5000, "\ud800", "\x00\u2028", -0.0, math.inf, -math.inf],
    ids=lambda value: type(value).__name__,
)
def test_the_edges_of_scalars_survive(value: object) -> None:
    assert shape(value) == shape(decode(encode(value)))


def test_nan_survives() -> None:
    value = decode(encode(math.nan))

    assert isinstance(value, float)
    assert math.isnan(value)


class AlwaysEqual(int):
    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = int.__hash__


class Liar:
    @property
    def __class__(self) -> type:  # type: ignore[override]
        return int

    def __repr__(self) -> str:
        raise RuntimeError("no")


class Colour(enum.IntEnum):
    RED = 1


Point = collections.namedtuple("Point", "x y")


@pytest.mark.parametrize(
    "value",
    [AlwaysEqual(5), Liar(), Colour.RED, Point(1, 2), object(), int, len, iter([])],
    ids=lambda value: type(value).__name__,
)
def test_anything_but_an_exact_builtin_type_arrives_as_opaque(value: object) -> None:
    assert type(decode(encode(value))) is Opaque


@pytest.mark.parametrize(
    "value",
    [
        collections.OrderedDict(a=1),
        collections.defaultdict(int, a=1),
        collections.Counter(a=1),
    ],
)
def test_the_dictionaries_of_collections_arrive_as_dict(value: object) -> None:
    assert shape({"a": 1}) == shape(decode(encode(value)))


def test_an_opaque_equals_nothing_not_even_itself() -> None:
    opaque = decode(encode(object()))

    assert not opaque == opaque  # noqa: SIM201
    assert opaque != opaque
    with pytest.raises(TypeError, match="not a plain value"):
        bool(opaque)


def test_a_cycle_is_refused_by_the_sender() -> None:
    cycle: list[object] = []
    cycle.append(cycle)

    with pytest.raises(UnsendableError, match="nested deeper"):
        encode(cycle)


def test_shared_references_that_explode_are_refused_by_the_sender() -> None:
    value: list[object] = []
    for _ in range(60):
        value = [value, value]

    with pytest.raises(UnsendableError, match="more than"):
        encode(value)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[",
        "1 2",
        "nul",
        "NaN",
        "Infinity",
        "{}",
        '{"list": [], "tuple": []}',
        '{"unknown": 1}',
        '{"tuple": 1}',
        '{"set": [[1]]}',
        '{"dict": [[1]]}',
        '{"dict": [[[], 1]]}',
        '{"dict": {"tuple": []}}',
        '{"int": "x"}',
        '{"int": 5}',
        '{"float": "x"}',
        '{"bytes": "0"}',
        '{"complex": [1]}',
        '{"complex": ["1", 2]}',
        '{"range": [1, 2, 0]}',
        '{"range": [1, 2, true]}',
        '{"opaque": ["x"]}',
        "9" * 5000,
        "[" * 100_000,
        "[" * (MAX_DEPTH + 5) + "]" * (MAX_DEPTH + 5),
        '{"tuple":[' * (MAX_DEPTH + 5) + "]}" * (MAX_DEPTH + 5),
    ],
    ids=lambda text: re.sub(r"\W", "_", text[:20]) or "empty",
)
def test_malformed_text_is_a_violation(text: str) -> None:
    with pytest.raises(ProtocolViolation):
        decode(text)


@given(st.text())
def test_no_text_breaks_the_decoder(text: str) -> None:
    with contextlib.suppress(ProtocolViolation):
        decode(text)


def test_numbers_that_collide_in_a_hash_table_do_not_hang_the_judge() -> None:
    modulus = 2**61 - 1
    items = ",".join(f'{{"int":"{modulus * factor:#x}"}}' for factor in range(2, 120_000))

    with pytest.raises(ProtocolViolation, match="collide"):
        decode(f'{{"set":[{items}]}}')
