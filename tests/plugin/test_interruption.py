"""Ctrl-C, kill -9, a full disk: what was finished is on disk."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.plugin.conftest import RunsOnDisk
from tests.servers.misbehaving import MisbehavingServer


@pytest.fixture
def start(pytester: pytest.Pytester) -> Callable[..., subprocess.Popen[bytes]]:
    def start(*options: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "pytest", "--llm-suite=core", *options],
            cwd=pytester.path,
            stdout=(pytester.path / "out.txt").open("wb"),
            stderr=subprocess.STDOUT,
            env=os.environ | {"PYTHONUNBUFFERED": "1"},
            # Whoever runs us in the background may ignore it, and that is inherited.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
        )

    return start


def wait_for(condition: Callable[[], object], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def records_of(runs: RunsOnDisk) -> int:
    return len(runs.records) if runs.paths else 0


def test_ctrl_c_keeps_finished_records_and_exits_soon(
    pytester: pytest.Pytester, runs: RunsOnDisk, start: Callable[..., subprocess.Popen[bytes]]
) -> None:
    with MisbehavingServer(latency_s=0.2) as server:
        models = f"--llm-models=openai:ok@{server.url},openai:hang@{server.url}"
        process = start(models, "--llm-concurrency=2", "-k", "ok or hang", "-p", "no:randomly")
        wait_for(lambda: records_of(runs) >= 4)

        process.send_signal(signal.SIGINT)
        began = time.monotonic()
        status = process.wait(60)

        # A second; pytest's own traceback takes several where other tests run beside.
        assert time.monotonic() - began < 30, "the request that hangs has 300 s"
        assert status == pytest.ExitCode.INTERRUPTED
    finished = runs.records
    assert len({(r["model"], r["task_id"], r["language"]) for r in finished}) == len(finished)
    assert runs.manifest["status"] == "incomplete"
    output = (pytester.path / "out.txt").read_text()
    assert "KeyboardInterrupt" in output
    assert "llm leaderboard" in output


def test_kill_9_loses_at_most_what_was_in_flight(
    pytester: pytest.Pytester, runs: RunsOnDisk, start: Callable[..., subprocess.Popen[bytes]]
) -> None:
    with MisbehavingServer(latency_s=0.1) as server:
        process = start(
            f"--llm-models=openai:ok@{server.url}", "--llm-concurrency=2", "--llm-samples=20"
        )
        wait_for(lambda: records_of(runs) >= 10)

        process.kill()
        process.wait(10)

        answered = len(server.requests)
        in_flight = 2
    assert ["core"] == [suite["name"] for suite in runs.manifest["suites"]]
    assert runs.manifest["status"] == "running"
    generations = runs.lines("generations.jsonl")
    assert len(generations) >= answered - in_flight
    assert len(runs.records) >= answered - in_flight - os.cpu_count() * 2  # being judged
    for line in generations:
        assert line["completion"]


def test_what_a_killed_run_paid_for_can_be_judged_later(
    pytester: pytest.Pytester, runs: RunsOnDisk, start: Callable[..., subprocess.Popen[bytes]]
) -> None:
    with MisbehavingServer(latency_s=0.1) as server:
        process = start(f"--llm-models=openai:ok@{server.url}", "--llm-concurrency=4")
        wait_for(lambda: records_of(runs) >= 5)
        process.kill()
        process.wait(10)
    path = runs.last / "generations.jsonl"
    paid = {(line["task_id"], line["language"]) for line in map(json.loads, path.open())}

    pytester.runpytest("--llm-suite=core", f"--llm-models=replay:{path}")

    judged = {(r["task_id"], r["language"]) for r in runs.records if r["outcome"] != "error"}
    assert paid == judged


def test_the_sandboxes_of_a_killed_run_die_with_it(
    pytester: pytest.Pytester, runs: RunsOnDisk, start: Callable[..., subprocess.Popen[bytes]]
) -> None:
    marker = f"marker{os.getpid()}x{time.monotonic_ns()}"
    spin = f"```python\nimport os\nos.execv('/bin/sh', ['sh', '-c', 'sleep 60; : {marker}'])\n```"

    def is_alive() -> bool:
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    if marker.encode() in (entry / "cmdline").read_bytes():
                        return True
                except OSError:
                    continue
        return False

    with MisbehavingServer(answer=lambda body: spin) as server:
        process = start(f"--llm-models=openai:ok@{server.url}", "--llm-time-limit=50")
        wait_for(is_alive)

        process.kill()
        process.wait(10)

    wait_for(lambda: not is_alive(), 5)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_stops_the_run_with_what_to_do(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, add_file: Path
) -> None:
    from pytest_llmbench.records.store import RunDirectory

    create = RunDirectory.create.__func__  # type: ignore[attr-defined]

    def create_on_full_disk(cls: type[RunDirectory], base: Path, run_id: str) -> RunDirectory:
        made: RunDirectory = create(cls, base, run_id)
        (made.path / "records.jsonl").symlink_to("/dev/full")
        return made

    monkeypatch.setattr(RunDirectory, "create", classmethod(create_on_full_disk))
    add_file.with_name("more.llmbench.yaml").write_text(
        add_file.read_text().replace("suite: mine", "suite: more")
    )

    result = pytester.runpytest("--llm-models=reference", "--llm-fail-under=0")

    result.stdout.fnmatch_lines(["*the disk is full: free some space and run again*"])
    assert result.ret == 1


def test_a_results_folder_that_cannot_be_made_is_a_usage_error(
    pytester: pytest.Pytester, add_file: Path
) -> None:
    (pytester.path / "taken").write_text("")

    result = pytester.runpytest("--llm-models=reference", "--llm-output=taken/x")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: cannot write *taken/x*"])
