"""One judge for all languages, and the languages that this machine has."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pytest_llmbench.errors import SandboxUnavailableError
from pytest_llmbench.grading import Judge, find_sandbox
from pytest_llmbench.languages import Language, find_language


@pytest.fixture(scope="session")
def judge() -> Iterator[Judge]:
    try:
        sandbox = find_sandbox("auto")
    except SandboxUnavailableError as error:
        pytest.skip(str(error))
    judge = Judge(sandbox)
    yield judge
    judge.close()
    sandbox.close()


@pytest.fixture
def language(request: pytest.FixtureRequest) -> Language:
    """The language that a test is parametrised with, where it is installed."""
    language = find_language(request.param)
    missing = language.missing()
    if missing:
        pytest.skip(missing)
    return language
