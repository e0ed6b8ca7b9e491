"""The fixtures: `solution`, `llm`, `llm_model`, `llm_samples`.

Registered in every session, so this module imports nothing but pytest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_llmbench.plugin.keys import SESSION, TRIAL

if TYPE_CHECKING:
    from pytest_llmbench.pipeline import Draft
    from pytest_llmbench.plugin.bodies import LLM, Solution
    from pytest_llmbench.vocabulary import Model, Sample

__all__ = ["llm", "llm_model", "llm_samples", "solution"]


@pytest.fixture
def llm_model(request: pytest.FixtureRequest) -> Model:
    """The model under test; a test that takes it runs once per chosen model."""
    return request.param  # type: ignore[no-any-return]


@pytest.fixture
def llm_samples(request: pytest.FixtureRequest, llm_model: Model) -> list[Draft | Sample]:
    """The samples of this item, asked for ahead of it and waited for here."""
    trial = request.node.stash[TRIAL]
    session = request.config.stash[SESSION]
    if trial.is_asked_ahead:
        trial.drafts.extend(session.wait(trial.jobs))
    return trial.drafts  # type: ignore[no-any-return]


@pytest.fixture
def solution(llm_samples: list[Draft | Sample]) -> Solution:
    """The model's answer, running in a sandbox: `solution.name(...)` calls its function."""
    from pytest_llmbench.plugin.bodies import Solution

    return Solution()


@pytest.fixture
def llm(request: pytest.FixtureRequest, llm_model: Model) -> LLM:
    """The model under test, for `llm.generate("...")`."""
    from pytest_llmbench.plugin.bodies import LLM

    trial = request.node.stash[TRIAL]
    if trial.is_asked_ahead:
        request.getfixturevalue("llm_samples")
    return LLM()
