"""The built-in suite is complete; that its programs are right is for the calibration to show."""

from __future__ import annotations

from collections import Counter

import pytest

from pytest_llmbench.suites import load_suite
from pytest_llmbench.vocabulary import ByValue, Problem, Suite


def load() -> Suite:
    return load_suite("core", None, pytest.fail)


PROBLEMS = load().problems


def test_every_task_is_offered_in_both_languages() -> None:
    by_language = {
        language: [each.task_id for each in PROBLEMS if each.language == language]
        for language in ("python", "javascript")
    }

    assert 14 == len(by_language["python"])
    assert by_language["python"] == by_language["javascript"]
    assert 28 == len(PROBLEMS)


def test_there_are_three_difficulties() -> None:
    counts = Counter(each.difficulty for each in PROBLEMS if each.language == "python")

    assert {"easy": 4, "medium": 5, "hard": 5} == counts


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: problem.id)
def test_a_problem_can_be_judged_and_calibrated(problem: Problem) -> None:
    assert isinstance(problem.judging, ByValue)
    assert problem.judging.signature is not None
    assert len(problem.judging.cases) >= 6
    assert len({repr(case.args) for case in problem.judging.cases}) == len(problem.judging.cases)
    assert len(problem.references) == 1
    assert len(problem.mutants) >= 2
    assert not set(problem.references) & set(problem.mutants)
    assert problem.tags


@pytest.mark.parametrize(
    "problem", [each for each in PROBLEMS if each.language == "python"], ids=lambda each: each.id
)
def test_python_references_pass_and_mutants_fail(problem: Problem) -> None:
    judging = problem.judging
    assert isinstance(judging, ByValue)

    def passed(program: str) -> int:
        # Our own programs, so they may run here; the sandbox has its own tests.
        scope: dict[str, object] = {}
        exec(program, scope)
        function = scope[judging.entry_point]
        assert callable(function)
        count = 0
        for case in judging.cases:
            try:
                count += function(*case.args) == case.returns
            except (IndexError, KeyError, ValueError):
                continue
        return count

    assert len(judging.cases) == passed(problem.references[0])
    assert all(passed(mutant) < len(judging.cases) for mutant in problem.mutants)


def test_loading_twice_gives_equal_suites() -> None:
    assert load() == load()
