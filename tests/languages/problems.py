"""What every language has to do with the same values: one problem per kind of trouble.

An answer lies in `answers/<language>/<problem>.<suffix>`. Where a language cannot have a
problem's types, its folder says so in `cannot.txt`: a line `problem: reason`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from pytest_llmbench.languages import Language, cannot_hold, find_language
from pytest_llmbench.signature import parse_signature
from pytest_llmbench.vocabulary import ByValue, Case, Limits, Problem

ANSWERS = Path(__file__).parent / "answers"

_LARGEST = 2**63 - 1


def _same(*args: object) -> Case:
    return Case(args=args, returns=args[0] if len(args) == 1 else args)


SIGNATURES = {
    # Gives back what it is given.
    "scalars": "scalars(i: int, x: float, b: bool, s: str) -> tuple[int, float, bool, str]",
    # Gives back what it is given.
    "nested": (
        "nested(rows: list[list[int]], names: dict[str, list[float]], maybe: int | None,"
        " pair: tuple[str, tuple[bool, int]])"
        " -> tuple[list[list[int]], dict[str, list[float]], int | None,"
        " tuple[str, tuple[bool, int]]]"
    ),
    # Gives back what it is given.
    "sets": "sets(a: set[int], b: set[str]) -> tuple[set[int], set[str]]",
    # How often each word (split at single spaces) occurs; empty text has no words.
    "count_words": "count_words(text: str) -> dict[str, int]",
    # 2 * n, however large; where integers are bounded this one is left out.
    "double": "double(n: int) -> int",
    # The square root of n as a float; raises or fails with a message that holds "negative"
    # where n is negative; never ends where n is 0.
    "root": "root(n: int) -> float",
}

CASES: dict[str, tuple[Case, ...]] = {
    "scalars": (
        _same(0, 0.5, True, ""),
        _same(_LARGEST, -1.5e300, False, "plain"),
        _same(-_LARGEST - 1, 5e-324, True, "two\nlines\tand \"quotes\" \\ 'more' $x #{y} %d"),
        _same(-1, math.inf, False, "é ☃ 𝄞 \U0010ffff"),
        _same(2**53 + 1, -math.inf, True, " leading and trailing "),
        _same(7, math.nan, False, "\x01\x7f"),
        _same(7, 0.1, False, "x" * 5000),
    ),
    "nested": (
        _same([], {}, None, ("", (False, 0))),
        _same([[], [1], [2, -3]], {"a": [], "ü": [0.25, 1e10]}, 5, ("x y", (True, -9))),
        _same([[i] for i in range(300)], {"k": [1.5] * 50}, 0, ("z", (True, 1))),
    ),
    "sets": (
        _same(set(), set()),
        _same({1, -2, 3}, {"a", "ß", "long one"}),
    ),
    "count_words": (
        Case(args=("a b a",), returns={"a": 2, "b": 1}),
        Case(args=("",), returns={}),
        Case(args=("ü x",), returns={"ü": 1, "x": 1}),
    ),
    "double": (
        Case(args=(21,), returns=42),
        Case(args=(2**70,), returns=2**71),
        Case(args=(-(10**30),), returns=-2 * 10**30),
    ),
    "root": (Case(args=(4,), returns=2.0), Case(args=(2,), returns=2**0.5)),
}


@dataclass(frozen=True)
class Unable:
    reason: str


def answer(language: str, name: str) -> str | Unable:
    """Return the right answer that the tests have, or why there can be none."""
    folder = ANSWERS / language
    excuses = folder / "cannot.txt"
    if excuses.exists():
        for line in excuses.read_text("utf-8").splitlines():
            problem, _, reason = line.partition(": ")
            if problem == name:
                return Unable(reason)
    suffix = Path(find_language(language).file).suffix
    return (folder / f"{name}{suffix}").read_text("utf-8")


def problem(language: Language, name: str, cases: tuple[Case, ...] | None = None) -> Problem:
    """Make a problem of those cases whose integers the language has."""
    signature = parse_signature(SIGNATURES[name])
    fitting = tuple(case for case in cases or CASES[name] if cannot_hold(language, case) is None)
    judging = ByValue(entry_point=name, cases=fitting, signature=signature)
    return Problem(
        suite="languages",
        id=f"{name}-{language.name}",
        task_id=name,
        language=language.name,
        prompt="",
        judging=judging,
        limits=Limits(time_s=10),
    )
