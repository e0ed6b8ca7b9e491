"""An answer does not contain the text that ended it, whatever its server says."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_llmbench.generation.providers.stop_text import without_stop
from pytest_llmbench.vocabulary import FinishReason, Generation, Model, Sampling

FUNCTION = "def f():\n    return 1"
STOPS = ("\nde", "\nclass ")


def model(stop: tuple[str, ...] = STOPS, **fields: Any) -> Model:
    return Model(name="m", type="openai", model="m", sampling=Sampling(stop=stop), **fields)


def generation(text: str, **fields: Any) -> Generation:
    return Generation(**{"text": text, "finish_reason": FinishReason.STOP} | fields)


@pytest.mark.parametrize(
    "left_on",
    [
        "\nde",
        "\ndef",  # as `transformers serve` 5.23 said it, whose token is `def`
        "\nde\n",
        "\nclass Other",
    ],
)
def test_a_stop_text_that_was_left_on_is_cut_off(left_on: str) -> None:
    assert FUNCTION == without_stop(generation(FUNCTION + left_on), model()).text


def test_an_answer_that_goes_on_is_evidence_of_a_server_without_stop_texts() -> None:
    said = generation(FUNCTION + "\ndef g():\n    return 2\nclass A")
    assert without_stop(said, model()) == said


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ({"finish_reason": FinishReason.LENGTH}, {}),
        ({"dropped": ("stop",)}, {}),
        ({}, {"extra_body": {"stop": ["#"]}}),
        ({}, {"extra_body": {"include_stop_str_in_output": True}}),
        ({}, {"extra_body": {"options": {"stop": ["#"]}}}),
        ({}, {"stop": ()}),
    ],
)
def test_what_did_not_end_an_answer_stays(said: dict[str, Any], asked: dict[str, Any]) -> None:
    left = generation(FUNCTION + "\ndef", **said)
    assert without_stop(left, model(**asked)) == left


@given(st.text("ab# \n"), st.lists(st.text("ab# \n", max_size=3), max_size=3))
def test_a_cut_text_begins_the_text_and_holds_no_stop_text(text: str, stops: list[str]) -> None:
    asked = model(tuple(stops))
    cut = without_stop(generation(text), asked)
    assert text.startswith(cut.text)
    assert cut.text == text or not any(stop in cut.text for stop in stops if stop)
    assert replace(cut, text=text) == generation(text)
