"""After all that, the machine is as it was."""

from __future__ import annotations

import contextlib
import gc
import tempfile
import threading
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pytest_llmbench.errors import SandboxUnavailableError
from pytest_llmbench.grading import Judge, find_sandbox
from pytest_llmbench.languages import find_language
from pytest_llmbench.vocabulary import Limits, Outcome
from tests.attacks.corpus import Attack, attacks
from tests.attacks.machine import Machine
from tests.attacks.problems import answer, problem
from tests.attacks.scene import Host, processes_with

_MIB = 1024 * 1024
_NARROW = Limits(time_s=1, memory_bytes=256 * _MIB, output_bytes=256 * 1024, processes=24)
_QUICK = {"python", "javascript", "ruby", "perl", "php", "lua", "bash"}


def chosen() -> list[Attack]:
    """All attacks in languages that are quick to judge, and an honest answer beside each."""
    found = [
        each
        for kind in ("cheats", "harm")
        for each in attacks(kind)
        if each.language in _QUICK and not find_language(each.language).missing()
    ]
    assert len(found) > 60
    return found


def test_the_machine_is_as_it_was(
    host: Host, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    honest = next(each for each in attacks("controls") if each.id == "python-plain")
    marker = f"llmbench{uuid.uuid4().hex}"
    try:
        with _judge() as judge:  # what is imported and made once
            judge.grade(problem("python"), answer("python", honest.code))
    except SandboxUnavailableError as error:
        pytest.skip(str(error))
    judged = chosen()
    gc.collect()
    before, threads = Machine.now(tmp_path), threading.active_count()

    with _judge() as judge, ThreadPoolExecutor(2) as executor:

        def grade(attack: Attack) -> tuple[Outcome, Outcome]:
            code = host.aim(attack.code, marker)
            own = problem(attack.language, attack.problem, _NARROW)
            after = answer("python", f"{honest.code}\n# after {attack.id}\n")
            return (
                judge.grade(own, answer(attack.language, code)).outcome,
                judge.grade(problem("python"), after).outcome,
            )

        outcomes = list(executor.map(grade, judged))

    bad = {Outcome.PASSED, Outcome.ERROR}
    assert [] == [
        attack.id for attack, (own, _) in zip(judged, outcomes, strict=True) if own in bad
    ]
    assert {Outcome.PASSED} == {after for _, after in outcomes}
    assert [] == host.harm()
    assert [] == processes_with(marker, patience_s=2)
    gc.collect()
    assert before == Machine.now(tmp_path)
    assert threading.active_count() <= threads


@contextlib.contextmanager
def _judge() -> Iterator[Judge]:
    with (
        contextlib.closing(find_sandbox("auto")) as sandbox,
        contextlib.closing(Judge(sandbox)) as judge,
    ):
        yield judge
