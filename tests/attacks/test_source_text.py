"""Answers that are hostile as text: to compilers, to drivers, to whatever writes them down."""

from __future__ import annotations

import pytest

from pytest_llmbench.grading import Judge
from pytest_llmbench.languages import find_language, language_names
from pytest_llmbench.vocabulary import Limits, Outcome
from tests.attacks.corpus import is_full, is_slow
from tests.attacks.problems import answer, problem

TEXTS = {
    "nothing": "",
    "only-space": " \t\r\n\f\v",
    "null-bytes": "\0" * 100,
    "half-characters": "\ud800 \udfff // # -- (*",
    "byte-order-mark": "\ufeff",
    "bidirectional": "\u202e\u2066 add \u2069 }",
    "carriage-returns": "int add\r(int a)\r\n{\r",
    "nested": "(" * 50_000 + ")" * 50_000,
    "one-line": "x = " + "1 + " * 200_000 + "1",
    "many-lines": "a\n" * 200_000,
    "open-ended": "/* (* {- =begin <<X ''' \"\"\" `",
    "prose": "Sorry, I cannot help with that.\n\n> ::error::no\n\x1b[31m",
}
QUICK = ("null-bytes", "half-characters", "open-ended")
"""What is tried where each answer is compiled."""


def tried(language: str) -> tuple[str, ...]:
    if is_full() or not is_slow(language):
        return tuple(TEXTS)
    return () if find_language(language).server else QUICK


@pytest.mark.parametrize(
    ("language", "name"), [(each, name) for each in language_names() for name in tried(each)]
)
def test_no_text_is_more_than_a_wrong_answer(judge: Judge, language: str, name: str) -> None:
    missing = find_language(language).missing()
    if missing:
        pytest.skip(missing)
    limits = Limits(time_s=3, build_s=10)

    verdict = judge.grade(problem(language, limits=limits), answer(language, TEXTS[name]))

    assert verdict.outcome not in {Outcome.PASSED, Outcome.ERROR}, verdict.evidence
    assert verdict.evidence
