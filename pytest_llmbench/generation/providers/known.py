"""The models that know the answers: `reference` is always right, `mutant` always wrong."""

from __future__ import annotations

import re

from pytest_llmbench.generation.provider import AttemptError
from pytest_llmbench.vocabulary import (
    EndpointFailure,
    FinishReason,
    Generation,
    Model,
    Problem,
    Request,
)

__all__ = ["KnownAnswers", "check", "fenced", "make"]


def check(model: Model) -> None:
    """Accept every model: there is nothing to set."""


def make(model: Model) -> KnownAnswers:
    return KnownAnswers(is_right=model.type == "reference")


class KnownAnswers:
    """Answer from the problem itself, worded as a chatty model would."""

    def __init__(self, *, is_right: bool) -> None:
        self._is_right = is_right

    async def generate(self, request: Request) -> Generation:
        problem = request.problem
        if problem is None:
            raise _missing("the built-in models answer problems, and this request has none")
        answer = self._answer(problem, request.sample)
        text = answer if problem.language == "text" else fenced(answer, problem.language)
        return Generation(text=text, finish_reason=FinishReason.STOP)

    def _answer(self, problem: Problem, sample: int) -> str:
        answers = problem.references[:1] if self._is_right else problem.mutants
        if not answers:
            name = "reference" if self._is_right else "mutant"
            raise _missing(f"{problem.suite}/{problem.id} has no {name}")
        return answers[sample % len(answers)]

    async def aclose(self) -> None:
        """Nothing is held."""


def fenced(code: str, language: str) -> str:
    """Put code into a fence that is longer than any run of backticks in it."""
    longest = max((len(run) for run in re.findall("`+", code)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{code.removesuffix(chr(10))}\n{fence}\n"


def _missing(message: str) -> AttemptError:
    return AttemptError(EndpointFailure(kind="missing", message=message), retryable=False)
