"""No key, nor a piece of one, stands in a message."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pytest_llmbench.generation.redaction import one_line

KEY = "sk-proj-Zq8wXv3LmN0pRt5y"


def test_a_key_becomes_stars() -> None:
    assert one_line(f"bad key {KEY} given", [KEY]) == "bad key *** given"


def test_the_pieces_that_servers_quote_become_stars() -> None:
    assert one_line(f"bad key {KEY[:9]}****{KEY[-4:]} given", [KEY]) == "bad key *** given"


def test_a_key_encoded_for_a_url_becomes_stars() -> None:
    assert one_line("GET /?key=ab%2Fcd%2Bef", ["ab/cd+ef"]) == "GET /?key=***"


def test_a_message_without_a_key_stays_as_it_is() -> None:
    assert one_line("the model does not exist", [KEY, "x"]) == "the model does not exist"


def test_a_key_across_the_cut_is_not_left_half() -> None:
    line = one_line("x" * 290 + KEY, [KEY])
    assert "sk-pro" not in line


@given(st.text(), st.text(min_size=8, max_size=40), st.text())
def test_whatever_surrounds_it_a_key_never_shows(before: str, key: str, after: str) -> None:
    line = one_line(before + key + after, [key])
    shown_by_chance = key in before + "***" + after or "*" in key or " " in key
    assert shown_by_chance or key not in line


@given(st.text(), st.integers(10, 300))
def test_a_line_is_one_line_of_at_most_its_limit(text: str, limit: int) -> None:
    line = one_line(text, (), limit)
    assert len(line) <= limit
    assert len(line.splitlines()) <= 1
