"""The models that know the answers."""

from __future__ import annotations

import asyncio
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_llmbench.generation.provider import AttemptError
from pytest_llmbench.generation.providers.known import KnownAnswers, fenced
from pytest_llmbench.vocabulary import (
    ByBody,
    FinishReason,
    Generation,
    Message,
    Model,
    Problem,
    Request,
)


def answer(type_: str, problem: Problem | None, sample: int = 0) -> Generation:
    model = Model(name=type_, type=type_, model=type_)
    messages = (Message(role="user", content="?"),)
    request = Request(model=model, messages=messages, sample=sample, problem=problem)
    return asyncio.run(KnownAnswers(is_right=type_ == "reference").generate(request))


def problem(references: tuple[str, ...] = (), mutants: tuple[str, ...] = ()) -> Problem:
    return Problem(
        suite="humaneval",
        id="HumanEval/3",
        task_id="HumanEval/3",
        language="python",
        prompt="?",
        judging=ByBody(),
        references=references,
        mutants=mutants,
    )


def test_reference_answers_with_the_first_reference() -> None:
    generation = answer("reference", problem(references=("a = 1\n", "b")))
    assert generation.text == "```python\na = 1\n```\n"
    assert (generation.finish_reason, generation.timing.ttft_s) == (FinishReason.STOP, None)


def test_mutant_goes_through_the_mutants_by_sample() -> None:
    texts = [answer("mutant", problem(mutants=("a", "b")), k).text for k in range(3)]
    assert [text.splitlines()[1] for text in texts] == ["a", "b", "a"]


@pytest.mark.parametrize("type_", ["reference", "mutant"])
def test_a_problem_without_an_answer_is_named(type_: str) -> None:
    with pytest.raises(AttemptError, match=f"humaneval/HumanEval/3 has no {type_}") as caught:
        answer(type_, problem())
    assert (caught.value.failure.kind, caught.value.retryable) == ("missing", False)


def test_a_request_without_a_problem_is_missing_its_answer() -> None:
    with pytest.raises(AttemptError, match="has none"):
        answer("reference", None)


@given(st.text(alphabet="`a\n"))
def test_a_fence_is_longer_than_any_run_in_the_code(code: str) -> None:
    first, *_, last = fenced(code, "python").rstrip("\n").split("\n")
    longest = max(map(len, re.findall("`+", code)), default=0)
    assert first.strip("`") == "python"
    assert len(last) > longest
