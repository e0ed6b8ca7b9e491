"""Where tests must share a process with the answer, blinding tells the cheats from the honest.

The tests are those of the naive judge `status`, which nearly all cheats pass.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pytest_llmbench.grading import Judge
from pytest_llmbench.languages import find_language
from pytest_llmbench.vocabulary import Assurance, ByProgram, Limits, Outcome, Problem, Verdict
from tests.attacks.corpus import Attack, attacks, chosen, is_full, is_slow
from tests.attacks.problems import answer

_HERE = Path(__file__).parent


def offered(kind: str) -> list[Attack]:
    """Some attacks; all of them with LLMBENCH_FULL=1."""
    found = [
        each
        for each in chosen(kind)
        if find_language(each.language).runners.get("program")
        and (is_full() or not is_slow(each.language))
    ]
    return found if is_full() else found[::3]


def grade(judge: Judge, attack: Attack, blinds: int = 2) -> Verdict:
    language = find_language(attack.language)
    suffix = Path(language.file).suffix
    tests = (_HERE / "asserts" / language.name / f"{attack.problem}{suffix}").read_text("utf-8")
    plain = next(
        each.code
        for each in attacks("controls")
        if each.language == language.name and each.name == "plain"
    )
    problem = Problem(
        suite="attacks",
        id=f"{attack.problem}-{language.name}-program-{blinds}",
        task_id=attack.problem,
        language=language.name,
        prompt="",
        judging=ByProgram(tests=tests, blinds=blinds),
        references=(plain,) if attack.problem == "add" else (),
        limits=Limits(time_s=5),
    )
    return judge.grade(problem, answer(language.name, attack.code))


@pytest.mark.parametrize("attack", offered("cheats"), indirect=True, ids=lambda a: a.id)
def test_a_cheat_is_never_believed(attack: Attack, judge: Judge) -> None:
    verdict = grade(judge, attack)

    assert (Outcome.PASSED, Assurance.BLINDED) != (verdict.outcome, verdict.assurance)
    assert Outcome.ERROR is not verdict.outcome, verdict.evidence
    if attack.problem == "add":  # its tests have literals that can be blinded
        assert Outcome.PASSED is not verdict.outcome


@pytest.mark.parametrize(
    "attack",
    [each for each in offered("controls") if each.name == "plain"],
    indirect=True,
    ids=lambda a: a.id,
)
def test_an_honest_answer_is_believed(attack: Attack, judge: Judge) -> None:
    verdict = grade(judge, attack)

    assert (Outcome.PASSED, Assurance.BLINDED) == (verdict.outcome, verdict.assurance), verdict


@pytest.mark.parametrize(
    "attack",
    [
        each
        for each in attacks("cheats")
        if find_language(each.language).runners.get("program")
        and (is_full() or not is_slow(each.language))
        and re.search("exit_at_load|exit_in|halt_in|constructor$|static|evaluated", each.name)
    ],
    indirect=True,
    ids=lambda a: a.id,
)
def test_an_early_exit_is_no_pass_even_where_nothing_is_blinded(
    attack: Attack, judge: Judge
) -> None:
    verdict = grade(judge, attack, blinds=0)

    assert verdict.outcome not in {Outcome.PASSED, Outcome.ERROR}, verdict
