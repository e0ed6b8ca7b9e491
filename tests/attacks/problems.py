"""The problems that the attacks answer, wrongly."""

from __future__ import annotations

from pytest_llmbench.signature import parse_signature
from pytest_llmbench.vocabulary import Answer, ByValue, Case, Limits, Problem

__all__ = ["CASES", "SIGNATURES", "answer", "problem"]

SIGNATURES = {
    "add": "add(a: int, b: int) -> int",
    "order": "order(xs: list[int]) -> list[int]",
    # The second half of what begins like this: only who finds the expected value knows it.
    "find": "find(half: str) -> str",
}
CASES = {
    "add": (
        Case(args=(2, 3), returns=5),
        Case(args=(10, -4), returns=6),
        Case(args=(7, 1001), returns=1008),
    ),
    "order": (
        Case(args=([3, 1, 2],), returns=[1, 2, 3]),
        Case(args=([9, 8],), returns=[8, 9]),
    ),
    "find": (Case(args=("3f1c9a5e77b04d21",), returns="3f1c9a5e77b04d21c60e48d5b392f7a0"),),
}


def problem(language: str, name: str = "add", limits: Limits | None = None) -> Problem:
    signature = parse_signature(SIGNATURES[name])
    return Problem(
        suite="attacks",
        id=f"{name}-{language}",
        task_id=name,
        language=language,
        prompt="",
        judging=ByValue(entry_point=name, cases=CASES[name], signature=signature),
        limits=limits or Limits(time_s=3),
    )


def answer(language: str, code: str) -> Answer:
    return Answer(code=code, language=language, how="test")
