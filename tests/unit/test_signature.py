"""Signatures: read, written, and values made to fit them."""

from __future__ import annotations

import keyword

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_llmbench.signature import Param, Signature, TypeRef, coerce, parse_signature

NAMES = st.from_regex(r"[a-z_][a-z0-9_]{0,8}", fullmatch=True).filter(
    lambda name: not keyword.iskeyword(name)
)
SCALARS = st.sampled_from(["int", "float", "str", "bool", "None", "any"]).map(TypeRef)
HASHABLE = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, min_size=1, max_size=3).map(
        lambda args: TypeRef("tuple", tuple(args))
    ),
    max_leaves=3,
)


def union(args: list[TypeRef]) -> TypeRef:
    return TypeRef("union", tuple(args))


TYPES = st.recursive(
    SCALARS | st.sampled_from(["list", "set", "dict", "tuple"]).map(TypeRef),
    lambda inner: (
        st.builds(lambda item: TypeRef("list", (item,)), inner)
        | st.builds(lambda item: TypeRef("set", (item,)), HASHABLE)
        | st.builds(lambda key, item: TypeRef("dict", (key, item)), HASHABLE, inner)
        | st.builds(lambda item: TypeRef("tuple", (item, TypeRef("..."))), inner)
        | st.lists(inner, min_size=1, max_size=3).map(lambda args: TypeRef("tuple", tuple(args)))
        | st.lists(inner.filter(lambda ref: ref.name != "union"), min_size=2, max_size=3).map(union)
    ),
    max_leaves=6,
)
SIGNATURES = st.builds(
    Signature,
    NAMES,
    st.lists(st.builds(Param, NAMES, TYPES), max_size=4, unique_by=lambda param: param.name).map(
        tuple
    ),
    TYPES,
)


@given(SIGNATURES)
def test_what_is_written_is_read_again(signature: Signature) -> None:
    assert signature == parse_signature(str(signature))


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("add(a:int,b:int)->int", "add(a: int, b: int) -> int"),
        ("  f()  ", "f() -> any"),
        ("f(a) -> None", "f(a: any) -> None"),
        ("f(a: int | (str | None)) -> bool", "f(a: int | str | None) -> bool"),
        ("f(a: dict[str, list[tuple[int, ...]]])", "f(a: dict[str, list[tuple[int, ...]]]) -> any"),
        ("f(\n  a: int,\n)", "f(a: int) -> any"),
    ],
)
def test_spelling_is_normalised(text: str, normal: str) -> None:
    assert normal == str(parse_signature(text))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not a signature: ''; write it like 'add(a: int, b: int) -> int'"),
        ("add", "not a signature: 'add'"),
        ("def add(a)", "not a signature: 'def add(a)'"),
        ("f(a\0)", "not a signature: 'f(a\\x00)'"),
        ("f(" + "(" * 500, "not a signature: "),
        ("f(): pass\ndef g()", "not one signature: "),
        ("f(): import os; x", "not one signature: "),
        ("f(*a)", "only plain parameters, without defaults, work in every language"),
        ("f(a=1)", "only plain parameters"),
        ("f(*, a)", "only plain parameters"),
        ("f(a, /)", "only plain parameters"),
        ("f(a, a)", "two parameters have the same name"),
        ("f(a: integer)", "parameter 'a': unknown type 'integer'; known: int, float"),
        ("f(a: x.y)", "parameter 'a': unknown type 'x.y'"),
        ("f(a: foo[int])", "parameter 'a': unknown type 'foo'"),
        ("f(a: union)", "parameter 'a': unknown type 'union'"),
        ("f(a: ...)", "parameter 'a': unknown type '...'"),
        ("f(a: int[str])", "parameter 'a': int takes 0 type argument(s), not int[str]"),
        ("f(a: list[int, str])", "parameter 'a': list takes 1 type argument(s)"),
        ("f(a: list[...])", "parameter 'a': list takes 1 type argument(s)"),
        ("f() -> dict[str]", "the return value: dict takes 2 type argument(s), not dict[str]"),
        ("f() -> tuple[..., int]", "the return value: write tuple[T, ...] or tuple[T, U]"),
        ("f(a: set[list[int]])", "parameter 'a': items of a set cannot be of type list[int]"),
        ("f(a: dict[set, int])", "parameter 'a': keys of a dict cannot be of type set"),
        ("f(a: set[tuple[list, int]])", "parameter 'a': items of a set cannot be"),
    ],
)
def test_a_wrong_signature_says_what_is_wrong(text: str, message: str) -> None:
    with pytest.raises(ValueError) as caught:
        parse_signature(text)

    assert message in str(caught.value)


@given(st.text(max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        signature = parse_signature(text)
    except ValueError:
        return
    assert signature == parse_signature(str(signature))


def type_of(text: str) -> TypeRef:
    return parse_signature(f"f() -> {text}").returns


@pytest.mark.parametrize(
    ("value", "type_", "expected"),
    [
        (1, "int", 1),
        (1, "float", 1.0),
        (True, "bool", True),
        (None, "None", None),
        ([1], "any", [1]),
        ([1, 2], "list[int]", [1, 2]),
        ([1, 2], "list[float]", [1.0, 2.0]),
        ([1, "x"], "tuple[int, str]", (1, "x")),
        ([1, 2, 3], "tuple[int, ...]", (1, 2, 3)),
        ([1, "x"], "tuple", (1, "x")),
        ([[1, 2], [1, 2]], "set[tuple[int, int]]", {(1, 2)}),
        ({"a": [1]}, "dict[str, tuple[int]]", {"a": (1,)}),
        ({1: 2}, "dict", {1: 2}),
        (None, "list[int] | None", None),
        ("x", "int | list[int] | str", "x"),
    ],
)
def test_a_value_becomes_what_the_type_says(value: object, type_: str, expected: object) -> None:
    coerced = coerce(value, type_of(type_))

    assert expected == coerced
    assert type(expected) is type(coerced)


@pytest.mark.parametrize(
    ("value", "type_"),
    [
        (True, "int"),
        (True, "float"),
        (1, "bool"),
        (1.0, "int"),
        ("1", "int"),
        (1, "str"),
        (0, "None"),
        (None, "int"),
        ("ab", "list[str]"),
        ({"a": 1}, "list[str]"),
        ([1, 2, 3], "tuple[int, int]"),
        ([1, "x"], "list[int]"),
        ({"a": 1}, "dict[int, int]"),
        ([[1], [2]], "set"),
        ([{}], "set[any]"),
        ({1: "a", 1.5: "b", "x": 1}, "dict[float, str]"),
        ([1.5], "int | list[int]"),
    ],
)
def test_a_value_that_does_not_fit_is_refused(value: object, type_: str) -> None:
    with pytest.raises(ValueError):
        coerce(value, type_of(type_))
