"""The top level of a program is found by its braces, whatever stands in texts and comments."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_llmbench.languages.braces import gathered, top_level, with_last_statement

_MAIN = re.compile(r"\bmain\(")


@pytest.mark.parametrize(
    ("code", "outside"),
    [
        ("int a; { int b; { c } d } int e;", "int a; {                } int e;"),
        ('f("}") { "{" } g', "f(   ) {     } g"),
        ("a // { \nb /* { \n */ c", "a      \nb      \n    c"),
        ("x '{' y '\\'' z '\\u007b' {", "x     y      z          {"),
        ('s = """ { " \n""" ; {', "s =         \n    ; {"),
        ('v = @"{\\" + 1; {', "v =       + 1; {"),
        ("fun <T> List<T>.a() = 'b", "fun <T> List<T>.a() = 'b"),
        ("} a", "} a"),
        ('"never closed { \n b', "                \n b"),
    ],
)
def test_only_the_top_level_is_left_and_all_keeps_its_place(code: str, outside: str) -> None:
    assert outside == top_level(code)


@given(st.text(alphabet="ab{}\"'/*@\\\n "))
def test_no_text_moves_anything(code: str) -> None:
    outside = top_level(code)

    assert len(code) == len(outside)
    assert code.count("\n") == outside.count("\n")


def test_imports_come_first_and_once() -> None:
    line = re.compile(r"^(?:package|import)\b[^;\n]*;", re.MULTILINE)

    code = gathered(line, "import a;\nint x;", "package p;\nimport b;\nimport a;\nint y;")

    assert "package p;\nimport a;\nimport b;\n\nint x;\n\n\n\nint y;\n" == code


@pytest.mark.parametrize(
    ("code", "ended"),
    [
        ("main() { a(); }", "main() { a(); end();\n}"),
        ("class A { main() { if (b) { c } } }", "class A { main() { if (b) { c } end();\n} }"),
        ('main() { print("}"); }', 'main() { print("}"); end();\n}'),
        ("main() { a(); ", "main() { a(); "),
        ("a() { }", "a() { }"),
    ],
)
def test_a_statement_is_put_at_the_end_of_a_block(code: str, ended: str) -> None:
    assert ended == with_last_statement(code, _MAIN, "end();")
