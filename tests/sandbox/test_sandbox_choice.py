"""Which sandbox is chosen, what it says of itself, and when it refuses."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from pytest_llmbench.errors import ConfigError, SandboxUnavailableError
from pytest_llmbench.grading import Judge, Sandbox, find_sandbox
from pytest_llmbench.grading.sandbox import bubblewrap
from pytest_llmbench.grading.sandbox.bubblewrap import BubblewrapSandbox
from pytest_llmbench.grading.sandbox.probe import prove
from pytest_llmbench.grading.sandbox.unconfined import UnconfinedSandbox
from pytest_llmbench.vocabulary import Limits, Outcome
from tests.sandbox.conftest import Grade
from tests.sandbox.test_harm import eventually


def test_auto_isolates(sandbox: Sandbox) -> None:
    assert "bubblewrap" == sandbox.name
    assert sandbox.is_isolating


def test_the_description_is_made_of_builtins(sandbox: Sandbox) -> None:
    described = sandbox.describe()

    assert described == json.loads(json.dumps(described))
    assert {"name", "isolating", "enforced", "not_enforced"} <= set(described)


def test_an_unknown_choice_is_a_mistake_of_the_user() -> None:
    with pytest.raises(ConfigError, match="unknown sandbox 'docker'"):
        find_sandbox("docker")


@pytest.mark.parametrize("tool", ["bwrap", "prlimit"])
def test_a_missing_tool_is_named_with_its_remedy(
    monkeypatch: pytest.MonkeyPatch, tool: str
) -> None:
    real = shutil.which
    monkeypatch.setattr(
        bubblewrap.shutil,
        "which",
        lambda name, **kwargs: None if name == tool else real(name, **kwargs),
    )

    with pytest.raises(SandboxUnavailableError, match=rf"{tool} is not installed \(apt install"):
        find_sandbox("bubblewrap")


def test_a_sandbox_that_isolates_nothing_does_not_pass_the_probe() -> None:
    sandbox = UnconfinedSandbox()

    with pytest.raises(SandboxUnavailableError) as caught:
        prove(sandbox)

    assert "reach the host's loopback" in str(caught.value)
    assert "read the host's files" in str(caught.value)
    sandbox.close()


def test_a_bwrap_that_fails_is_unavailable_with_what_it_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    broken = tmp_path / "bwrap"
    broken.write_text(
        "#!/bin/sh\necho 'bwrap: No permissions to create new namespace' >&2\nexit 1\n"
    )
    broken.chmod(0o755)
    real = bubblewrap._tool
    monkeypatch.setattr(
        bubblewrap, "_tool", lambda name: str(broken) if name == "bwrap" else real(name)
    )

    with pytest.raises(SandboxUnavailableError, match="No permissions to create new namespace"):
        find_sandbox("bubblewrap")


def test_a_sandbox_that_stops_working_is_an_error_not_a_wrong_answer(
    grade: Grade, sandbox: Sandbox
) -> None:
    broken = BubblewrapSandbox()
    broken._prlimit = "/nonexistent"

    verdict = grade("def add(a, b): return a + b", judge=Judge(broken))

    assert Outcome.ERROR is verdict.outcome
    assert "did not start" in verdict.evidence


@pytest.fixture(scope="module")
def unconfined() -> Iterator[Judge]:
    sandbox = find_sandbox("none")
    judge = Judge(sandbox)
    yield judge
    judge.close()
    sandbox.close()


@pytest.mark.parametrize(
    ("language", "code"),
    [("python", "def add(a, b): return a + b"), ("javascript", "const add = (a, b) => a + b")],
)
def test_without_isolation_answers_are_judged_all_the_same(
    grade: Grade, unconfined: Judge, language: str, code: str
) -> None:
    assert Outcome.PASSED is grade(code, language, judge=unconfined).outcome


def test_without_isolation_checks_run_too(grade: Grade, unconfined: Judge) -> None:
    check = "def check(candidate):\n    assert candidate(2, 3) == 5\n"

    verdict = grade("def add(a, b): return a + b", check=check, judge=unconfined)

    assert Outcome.PASSED is verdict.outcome


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        ("def add(a, b): return 'x' * 10**10", Outcome.MEMORY_LIMIT),
        ("import time; time.sleep(60)", Outcome.TIMEOUT),
        ("while True: print('x' * 999)", Outcome.OUTPUT_LIMIT),
    ],
)
def test_without_isolation_limits_still_hold(
    grade: Grade, unconfined: Judge, code: str, outcome: Outcome
) -> None:
    verdict = grade(code, judge=unconfined, limits=Limits(time_s=1))

    assert outcome is verdict.outcome


def test_without_isolation_the_environment_is_clean_and_the_folder_private(
    unconfined: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "canary")
    answer = unconfined.open(
        "python", "import os\ndef f(): return dict(os.environ), os.getcwd()", Limits()
    )

    environment, folder = answer.call("f")  # type: ignore[misc]
    answer.close()

    assert {"PATH", "HOME", "TMPDIR", "LANG", "LC_CTYPE"} >= set(environment)
    assert folder != os.getcwd()
    assert not Path(folder).exists()


def test_without_isolation_children_in_the_group_end_with_the_answer(unconfined: Judge) -> None:
    answer = unconfined.open(
        "python",
        "import subprocess\nchild = subprocess.Popen(['sleep', '60'])\ndef f(): return child.pid",
        Limits(),
    )
    pid = answer.call("f")
    assert Path(f"/proc/{pid}").exists()

    answer.close()

    def is_gone() -> bool:
        try:
            status = Path(f"/proc/{pid}/stat").read_text()
        except OSError:
            return True
        return status.rpartition(")")[2].split()[0] == "Z"

    assert eventually(is_gone)
