"""The run being written: what is stored once, and what is remembered of it."""

from __future__ import annotations

import gc
import tracemalloc
from pathlib import Path

from pytest_llmbench.plugin.run import Run
from pytest_llmbench.records.record import Record
from pytest_llmbench.records.store import RunDirectory


def record(number: int, samples: int = 100) -> Record:
    """Make one of many records, all of whose texts and numbers are objects of its own."""
    return Record(
        model=f"model {number // 10**6}",
        suite="many",
        task_id=f"many/task-{number // samples}",
        language="python",
        sample=number % samples,
        passed=True,
        outcome="passed",
        completion=f"Answer {number}. " * 100,
        latency=1.0 + number,
        ttft=0.5 + number,
        tokens_per_s=30.0 + number,
        cost_usd=0.001 * number,
        output_tokens=1000 + number,
    )


def test_a_record_is_stored_once(tmp_path: Path) -> None:
    run = Run(RunDirectory.create(tmp_path, "r"), {})
    for number in (0, 1, 2, 1, 100, 0):
        run.add(record(number))
    run.finish({})

    assert run.records_count == 4
    assert len((run.directory.path / "records.jsonl").read_text().splitlines()) == 4


def test_little_is_remembered_of_each_record(tmp_path: Path) -> None:
    run = Run(RunDirectory.create(tmp_path, "r"), {})
    for number in range(2_000):
        run.add(record(number))
    gc.collect()
    tracemalloc.start()
    for number in range(2_000, 12_000):
        run.add(record(number))
    gc.collect()
    grown = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()

    # Four numbers of eight bytes in two tables each, which grow by an eighth at a time,
    # and a hundredth of a problem. The shortest text of a record is as long as all that.
    assert grown / 10_000 < 120
