"""Text of models, made safe."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_llmbench.hostile_text import shorten, storable, visible

ANY_TEXT = st.text(st.characters(exclude_categories=()))


@given(ANY_TEXT)
def test_everything_can_be_stored(text: str) -> None:
    storable(text).encode("utf-8")


@given(st.text())
def test_what_can_be_stored_is_not_changed(text: str) -> None:
    assert text == storable(text)


def test_a_lone_surrogate_becomes_one_replacement_character() -> None:
    assert "a\ufffdb" == storable("a\ud800b")


def test_two_halves_of_a_character_meet_again() -> None:
    assert "x\U0001f600" == storable("x\ud83d" + "\ude00")


@given(ANY_TEXT)
def test_nothing_visible_controls_a_terminal(text: str) -> None:
    shown = visible(text)

    assert not [
        character
        for character in shown
        if character not in "\n\t"
        and (
            unicodedata.category(character) in {"Cc", "Zl", "Zp"}
            or unicodedata.bidirectional(character)
            in {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
        )
    ]
    assert shown == visible(shown)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\tb\nc\r\nd", "a\tb\nc\nd"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("over\rwritten", "over\\x0dwritten"),
        ("\x9b2J\x7f\x00", "\\x9b2J\\x7f\\x00"),
        ("\u202eevil\u2066", "\\u202eevil\\u2066"),
        ("mark\u200e\u061c", "mark\\u200e\\u061c"),
        ("line\u2028break", "line\\u2028break"),
        ("##[error]no", "\\x23#[error]no"),
        ("a ##vso[task.complete] ##teamcity[x]", "a \\x23#vso[task.complete] \\x23#teamcity[x]"),
        ("#[derive(Debug)] ## [x]", "#[derive(Debug)] ## [x]"),
        ("grüße, 日本, 😀", "grüße, 日本, 😀"),
    ],
)
def test_control_characters_are_spelled_out(text: str, shown: str) -> None:
    assert shown == visible(text)


@given(st.text(), st.integers(0, 300))
def test_a_shortened_text_is_never_longer_than_its_limit(text: str, limit: int) -> None:
    assert len(shorten(text * 10, limit)) <= limit


def test_both_ends_of_a_long_text_are_kept() -> None:
    assert f"{'a' * 26}\n... 148 characters left out ...\n{'b' * 26}" == shorten(
        "a" * 100 + "b" * 100, 100
    )


@pytest.mark.parametrize("text", ["", "short", "x" * 100])
def test_a_text_within_its_limit_is_not_changed(text: str) -> None:
    assert text == shorten(text, 100)
