"""One judge for the whole suite, and the machine as it was before."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pytest_llmbench.errors import SandboxUnavailableError
from pytest_llmbench.grading import Judge, Sandbox, find_sandbox
from pytest_llmbench.grading.sandbox.bubblewrap import BubblewrapSandbox
from pytest_llmbench.grading.staging import SECCOMP_FILE
from pytest_llmbench.languages import find_language
from tests.attacks.corpus import Attack
from tests.attacks.naive import NaiveHarness
from tests.attacks.scene import Host, Overheard


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Overheard]:
    try:
        found = find_sandbox("auto")
    except SandboxUnavailableError as error:
        pytest.skip(str(error))
    yield Overheard(found)
    found.close()


@pytest.fixture(scope="session")
def judge(sandbox: Sandbox) -> Iterator[Judge]:
    judge = Judge(sandbox)
    yield judge
    judge.close()


@pytest.fixture(scope="session")
def harness(sandbox: Sandbox, judge: Judge) -> NaiveHarness:
    return NaiveHarness(sandbox, judge.caches)


@pytest.fixture(scope="session")
def lax_harness(judge: Judge) -> Iterator[NaiveHarness]:
    """Walls only: what a naive harness and the attacks on it may do among themselves."""
    sandbox = BubblewrapSandbox()
    sandbox.can_fork = False
    (sandbox._workers.path / SECCOMP_FILE).unlink(missing_ok=True)
    yield NaiveHarness(sandbox, judge.caches)
    sandbox.close()


@pytest.fixture(scope="session")
def host() -> Iterator[Host]:
    host = Host()
    yield host
    host.close()


@pytest.fixture
def attack(request: pytest.FixtureRequest) -> Attack:
    """The attack that a test is parametrised with, where its language is installed."""
    attack: Attack = request.param
    missing = find_language(attack.language).missing()
    if missing:
        pytest.skip(missing)
    return attack
