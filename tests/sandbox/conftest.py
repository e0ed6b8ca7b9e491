"""A judge with a real sandbox, shared by the session; skipped where there is none."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from pytest_llmbench.errors import SandboxUnavailableError
from pytest_llmbench.grading import CandidateProcess, Judge, Sandbox, find_sandbox
from pytest_llmbench.grading.sandbox.walled import WalledSandbox
from pytest_llmbench.languages import find_language
from pytest_llmbench.vocabulary import Answer, ByCheck, ByValue, Case, Limits, Problem, Verdict

Grade = Callable[..., Verdict]
Open = Callable[..., CandidateProcess]

TEN_SECONDS = Limits(time_s=10)


@pytest.fixture(scope="session", params=["forked", "spawned"])
def sandbox(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    """The sandbox of this machine: with its fork server, and without."""
    try:
        found = find_sandbox("auto")
    except SandboxUnavailableError as error:
        pytest.skip(str(error))
    assert isinstance(found, WalledSandbox)
    if request.param == "spawned":
        found.can_fork = False
    elif not found.can_fork:
        pytest.skip("no fork server: namespaces inside the sandbox are not allowed here")
    yield found
    found.close()


@pytest.fixture(scope="session")
def judge(sandbox: Sandbox) -> Iterator[Judge]:
    judge = Judge(sandbox)
    yield judge
    judge.close()


def skip_without(language: str) -> None:
    missing = find_language(language).missing()
    if missing:
        pytest.skip(missing)


@pytest.fixture(scope="session")
def grade(judge: Judge) -> Grade:
    """Judge `code` by the values of `add`, or by whatever else is given; never by memory."""
    numbers = itertools.count()

    def grade(
        code: str,
        language: str = "python",
        *,
        name: str = "add",
        cases: tuple[Case, ...] = (
            Case(args=(2, 3), returns=5),
            Case(args=(10, -4), returns=6),
            Case(args=(7, 1001), returns=1008),
        ),
        check: str | None = None,
        prelude: str = "",
        limits: Limits = TEN_SECONDS,
        judge: Judge = judge,
    ) -> Verdict:
        skip_without(language)
        judging = (
            ByCheck(entry_point=name, check_code=check, prelude=prelude)
            if check is not None
            else ByValue(entry_point=name, cases=cases)
        )
        problem = Problem(
            suite="s", id=f"p{next(numbers)}", task_id="p", language=language, prompt="",
            judging=judging, limits=limits,
        )  # fmt: skip
        return judge.grade(problem, Answer(code=code, language=language, how="fence"))

    return grade


@pytest.fixture
def open_answer(judge: Judge) -> Iterator[Open]:
    """Load `code` for single calls; closed when the test ends."""
    opened: list[CandidateProcess] = []

    def open_answer(
        code: str, language: str = "python", limits: Limits = TEN_SECONDS
    ) -> CandidateProcess:
        skip_without(language)
        opened.append(judge.open(language, code, limits))
        return opened[-1]

    yield open_answer
    for candidate in opened:
        candidate.close()


@pytest.fixture
def in_background() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as executor:
        yield executor
