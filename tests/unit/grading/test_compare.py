"""When a returned value counts as the expected one."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_llmbench.grading.compare import explain_mismatch, show
from pytest_llmbench.grading.values import Opaque

NAN = math.nan
INF = math.inf

EQUAL = [
    (5, 5),
    (5, 5.0),
    (5.0, 5),
    (0.3, 0.1 + 0.2),
    (1e6, 1e6 + 0.5),
    (NAN, NAN),
    (INF, INF),
    (0.0, -0.0),
    (2**70, 2**70),
    (True, True),
    (None, None),
    ("a", "a"),
    ([], []),
    ([1, [2.0]], [1, [2]]),
    ({1, 2}, {2, 1}),
    ({0.3}, {0.1 + 0.2}),
    ({(1, 0.3)}, {(1, 0.1 + 0.2)}),
    ({"a": [1]}, {"a": [1]}),
    ({1: "a"}, {1.0: "a"}),
    (b"x", b"x"),
    (1j, 1j),
    (range(3), range(3)),
    (frozenset({1}), {1}),
]
DIFFERENT = [
    (5, 6),
    (1, True),
    (True, 1),
    (0, False),
    (5, "5"),
    (5, None),
    (None, False),
    ("a", "A"),
    ("", []),
    (5, 5.0000001),
    (0.3, 0.31),
    (NAN, 1.0),
    (1.0, NAN),
    (INF, -INF),
    (INF, 1e308),
    (1e300, 10**400),
    ([1, 2], [1]),
    ([1, 2], [2, 1]),
    ([1], {1}),
    ({1}, {True}),
    ({1}, {1, 2}),
    ({"a": 1}, {"a": 2}),
    ({"a": 1}, {}),
    ({}, {"a": 1}),
    ({1: 1}, {True: 1}),
    ({1: 1}, [[1, 1]]),
    (b"x", "x"),
    ([[1], [2]], [[1], [3]]),
]


@pytest.mark.parametrize(("expected", "actual"), EQUAL, ids=str)
def test_equal_values_have_no_mismatch(expected: object, actual: object) -> None:
    assert explain_mismatch(expected, actual, "python") is None


@pytest.mark.parametrize(("expected", "actual"), DIFFERENT, ids=str)
@pytest.mark.parametrize("language", ["python", "javascript"])
def test_different_values_are_told(expected: object, actual: object, language: str) -> None:
    assert explain_mismatch(expected, actual, language)


def test_an_opaque_never_equals_what_it_shows() -> None:
    assert explain_mismatch(5, Opaque("Five", "5"), "python")


@pytest.mark.parametrize(("expected", "actual"), [([1], (1,)), ((1,), [1])])
def test_python_tells_a_list_from_a_tuple_where_the_type_is_declared(
    expected: object, actual: object
) -> None:
    assert explain_mismatch(expected, actual, "python", is_typed=True)
    assert explain_mismatch(expected, actual, "python", is_typed=False) is None
    assert explain_mismatch(expected, actual, "javascript", is_typed=True) is None


def test_keys_of_a_javascript_object_may_be_integers_written_as_text() -> None:
    assert explain_mismatch({1: "a", 2: "b"}, {"1": "a", "2": "b"}, "javascript") is None
    assert explain_mismatch({1: "a"}, {"1": "a"}, "python")


def test_the_first_differing_place_is_named() -> None:
    mismatch = explain_mismatch({"a": [1, 2]}, {"a": [1, 3]}, "python")

    assert mismatch == "at ['a'][1]: 3, expected 2"


def test_values_that_look_alike_are_told_apart_by_kind() -> None:
    assert "expected a int" in str(explain_mismatch(1, "1", "python")) or "'1'" in str(
        explain_mismatch(1, "1", "python")
    )


def test_messages_are_bounded() -> None:
    mismatch = explain_mismatch("x" * 10**6, ["y" * 10**6] * 10**4, "python")

    assert mismatch is not None
    assert len(mismatch) < 2000
    assert len(show(10**5000)) < 1000


def test_large_sets_that_differ_are_compared_in_time() -> None:
    assert explain_mismatch(set(range(50_000)), set(range(1, 50_001)), "python")


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text() | st.floats(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.integers(), inner),
        max_leaves=15,
    )
)
def test_every_value_matches_itself(value: object) -> None:
    assert explain_mismatch(value, value, "python", is_typed=True) is None


def test_a_complex_value_does_not_loosen_a_whole_number() -> None:
    assert explain_mismatch(123456789, complex(123456700), "python") is not None
    assert explain_mismatch(10**400, 1j, "python") is not None
    assert explain_mismatch(5, complex(5), "python") is None


@pytest.mark.parametrize(
    ("expected", "actual"),
    [
        ([1, 2, 3], [3, 1, 2]),
        ([1, 1, 2], [1, 2, 1]),
        ([0.3, 1.0], [1, 0.1 + 0.2]),
        ([[1, 2], [3]], [[3], [1, 2]]),
        ([NAN, None, "a"], ["a", NAN, None]),
        ((1, 2), [2, 1]),
        ([], []),
        ([n / 3 for n in range(1000)], [n / 3 + 1e-10 for n in reversed(range(1000))]),
    ],
)
def test_a_bag_has_the_same_items_as_often_in_any_order(expected: object, actual: object) -> None:
    assert explain_mismatch(expected, actual, "python", is_unordered=True) is None


@pytest.mark.parametrize(
    ("expected", "actual"),
    [
        ([1, 2], [1, 2, 2]),
        ([1, 2, 2], [1, 2]),
        ([1, 1, 2], [1, 2, 2]),
        ([[1, 2]], [[2, 1]]),
        ([1, 2], {1, 2}),
        ([1, 2], "12"),
        ([1.0, 2.0], [2.0, 1.1]),
        ([True], [1]),
        ([n / 3 for n in range(1000)], [n / 3 + 1e-3 for n in range(1000)]),
    ],
)
def test_a_bag_differs_in_an_item_or_in_how_often_it_is_there(
    expected: object, actual: object
) -> None:
    assert explain_mismatch(expected, actual, "python", is_unordered=True)


def test_a_bag_says_what_is_missing_and_what_is_too_much() -> None:
    assert (
        "[2, 3], expected in any order [1, 2]: missing [1], not expected [3]"
        == explain_mismatch([1, 2], [2, 3], "python", is_unordered=True)
    )


def test_a_bag_keeps_a_declared_kind() -> None:
    assert explain_mismatch([1], (1,), "python", is_typed=True, is_unordered=True)
    assert explain_mismatch([1], (1,), "ruby", is_typed=True, is_unordered=True) is None


@given(st.lists(st.integers() | st.text(max_size=2) | st.floats(allow_nan=True)), st.randoms())
def test_a_bag_is_any_shuffling_of_itself(items: list[object], random) -> None:  # type: ignore[no-untyped-def]
    shuffled = list(items)
    random.shuffle(shuffled)

    assert explain_mismatch(items, shuffled, "python", is_unordered=True) is None
