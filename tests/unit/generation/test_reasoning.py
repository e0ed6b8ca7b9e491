"""Reasoning inside a text is never taken for the answer."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_llmbench.generation.providers.reasoning import CLOSING, OPENING, split_reasoning

texts = st.text().filter(lambda text: OPENING not in text and CLOSING not in text)


@given(thought=texts, answer=texts, lead=st.sampled_from(["", "\n", "  "]))
def test_what_stands_between_the_tags_is_reasoning(thought: str, answer: str, lead: str) -> None:
    whole = f"{thought}{CLOSING}\n\n|{answer}"

    expected = (thought.strip(), f"|{answer}")
    assert split_reasoning(f"{lead}{OPENING}{whole}", is_open=False) == expected
    assert split_reasoning(whole, is_open=True) == expected


@given(text=texts)
def test_a_text_without_tags_is_an_answer(text: str) -> None:
    assert split_reasoning(text, is_open=False) == ("", text)


@given(text=texts)
def test_reasoning_that_does_not_end_leaves_no_answer(text: str) -> None:
    assert split_reasoning(f"{OPENING}{text}", is_open=False) == (text.strip(), "")
    assert split_reasoning(text, is_open=True) == (text.strip(), "")


@pytest.mark.parametrize(
    ("text", "is_open", "expected"),
    [
        ("<think>a</think>\n \n    return 1", False, ("a", "    return 1")),
        ("<think></think>x", False, ("", "x")),
        ("Use <think> and </think> as tags.", False, ("", "Use <think> and </think> as tags.")),
        ("<think>a</think>b</think>c", False, ("a", "b</think>c")),
    ],
)
def test_tags_elsewhere_are_text(text: str, is_open: bool, expected: tuple[str, str]) -> None:
    assert split_reasoning(text, is_open=is_open) == expected
