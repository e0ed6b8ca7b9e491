"""A language says what it cannot be asked for, before a model is asked."""

from __future__ import annotations

import dataclasses

import pytest

from pytest_llmbench.languages import cannot, find_language
from pytest_llmbench.signature import parse_signature
from pytest_llmbench.vocabulary import Case

ADD = parse_signature("add(a: int, b: int) -> int")
SMALL = Case(args=(1, 2), returns=3)


@pytest.mark.parametrize("name", ["python", "javascript", "ruby", "cpp"])
def test_plain_calls_can_be_had_everywhere(name: str) -> None:
    assert cannot(find_language(name), ADD, [SMALL]) is None


@pytest.mark.parametrize("name", ["python", "javascript", "ruby"])
def test_dynamic_languages_need_no_signature(name: str) -> None:
    assert cannot(find_language(name), None, [SMALL]) is None


@pytest.mark.parametrize(
    ("signature", "why"),
    [
        (None, "calling a function in C++ needs a signature"),
        ("f(a: any) -> int", "C++: there is no type for any"),
        ("f(a: int) -> int | str", "C++: there is no type for int | str"),
        ("f(auto: int) -> int", "'auto' is a reserved word in C++; use another name"),
        ("union(a: int) -> int", "'union' is a reserved word in C++; use another name"),
    ],
)
def test_a_signature_is_refused_with_a_reason(signature: str | None, why: str) -> None:
    parsed = None if signature is None else parse_signature(signature)

    assert why == cannot(find_language("cpp"), parsed, [])


@pytest.mark.parametrize(
    ("value", "fits"),
    [
        (2**63 - 1, True),
        (-(2**63), True),
        (2**63, False),
        ([1, (True, {-(2**63) - 1})], False),
        ({"a": {2**64: None}}, False),
        ({"a": 1e300}, True),
    ],
)
def test_integers_are_looked_for_at_any_depth(value: object, fits: bool) -> None:
    for case in (Case(args=(value,), returns=0), Case(args=(), returns=value)):
        why = cannot(find_language("cpp"), ADD, [SMALL, case])

        assert fits is (why is None)
        assert why is None or why.endswith("is beyond the integers of C++ (64 bits)")
        assert cannot(find_language("python"), ADD, [case]) is None


def test_a_language_of_whole_programs_has_no_functions_to_call() -> None:
    language = dataclasses.replace(find_language("ruby"), driver=None)

    assert "functions in Ruby cannot be called" == cannot(language, ADD, [])
