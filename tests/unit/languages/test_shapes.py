"""Types reduced to what drivers of dynamic languages ask about."""

from __future__ import annotations

import pytest

from pytest_llmbench.languages.shapes import check_keys, shape, shape_literal, signature_shape
from pytest_llmbench.signature import parse_signature


def shape_of(text: str) -> str:
    return shape_literal(shape(parse_signature(f"f() -> {text}").returns), "(", ")")


@pytest.mark.parametrize(
    ("text", "literal"),
    [
        ("int", "('int')"),
        ("list", "('list', ('any'))"),
        ("dict", "('dict', ('any'), ('any'))"),
        ("tuple[int, ...]", "('list', ('int'))"),
        ("tuple", "('list', ('any'))"),
        ("tuple[int, str]", "('tuple', ('int'), ('str'))"),
        ("int | None", "('optional', ('int'))"),
        ("int | str", "('any')"),
        ("int | str | None", "('any')"),
        ("set[tuple[int, int]]", "('set', ('tuple', ('int'), ('int')))"),
    ],
)
def test_a_shape_has_all_its_arguments(text: str, literal: str) -> None:
    assert literal == shape_of(text)


def test_the_returned_value_comes_before_the_parameters() -> None:
    shapes = signature_shape(parse_signature("f(a: str, b: list[int]) -> bool"))

    assert ["bool", "str", "list"] == [ref.name for ref in shapes]


def test_without_a_signature_anything_may_come() -> None:
    assert ["any"] == [ref.name for ref in signature_shape(None)]


def test_keys_are_looked_for_at_every_depth() -> None:
    inner = shape(parse_signature("f() -> list[dict[float, int] | None]").returns)

    with pytest.raises(ValueError, match=r"dict\[float, int\]: its keys cannot be float"):
        check_keys(inner, frozenset({"int", "str"}), frozenset({"dict"}))
    check_keys(inner, frozenset({"int", "float"}), frozenset({"dict"}))
    check_keys(inner, frozenset({"int"}), frozenset({"set"}))
