"""Control groups of this machine: they bound, they are reused, and they go away."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pytest_llmbench.grading.sandbox.cgroups import (
    Cgroups,
    CgroupsUnavailableError,
    Slot,
    find_cgroups,
)

MIB = 1024 * 1024
HOARD = "import sys; sys.stdin.read(1); hoard = b'x' * int(sys.argv[1])"


@pytest.fixture
def groups() -> Iterator[Cgroups]:
    try:
        groups = find_cgroups()
    except CgroupsUnavailableError as error:
        pytest.skip(str(error))
    yield groups
    groups.close()


def hoarding(slot: Slot, size: int) -> int:
    """Run a process in a slot that takes memory; give its exit status."""
    process = subprocess.Popen(
        [sys.executable, "-I", "-c", HOARD, str(size)], stdin=subprocess.PIPE
    )
    slot.add(process.pid)
    process.communicate(b".")
    return process.returncode


def folders_of(groups: Cgroups) -> list[Path]:
    return list(groups._folders)


def test_a_slot_bounds_memory_and_says_so(groups: Cgroups) -> None:
    slot = groups.take(64 * MIB, 100)

    assert 0 == hoarding(slot, 16 * MIB)
    assert not slot.was_out_of_memory
    assert 0 != hoarding(slot, 256 * MIB)
    assert slot.was_out_of_memory


def test_what_happened_to_one_answer_is_not_said_of_the_next(groups: Cgroups) -> None:
    slot = groups.take(64 * MIB, 100)
    hoarding(slot, 256 * MIB)

    assert slot.leave()
    assert not slot.was_out_of_memory
    assert 0 == hoarding(slot, 16 * MIB)


def test_a_slot_is_used_again_with_other_limits(groups: Cgroups) -> None:
    first = groups.take(64 * MIB, 100)
    groups.give_back(first)
    slots = {first}
    for _ in range(10):
        slot = groups.take(512 * MIB, 100)
        assert 0 == hoarding(slot, 256 * MIB)
        slots.add(slot)
        groups.give_back(slot)

    assert len(slots) < 5


def test_closing_removes_the_groups_and_ends_who_is_in_them() -> None:
    try:
        groups = find_cgroups()
    except CgroupsUnavailableError as error:
        pytest.skip(str(error))
    folders = folders_of(groups)
    sleeper = subprocess.Popen(["/bin/sleep", "60"])
    groups.take(64 * MIB, 100).add(sleeper.pid)

    assert all(folder.is_dir() for folder in folders)
    groups.close()

    assert -9 == sleeper.wait(5)
    assert not any(folder.exists() for folder in folders)


KILLED = """
import os, signal, sys
from pytest_llmbench.grading.sandbox.cgroups import find_cgroups
groups = find_cgroups()
groups.take(1 << 26, 100)
print(*groups._folders, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_killed_session_left_is_removed_by_the_next(groups: Cgroups) -> None:
    killed = subprocess.run(
        [sys.executable, "-c", KILLED], capture_output=True, text=True, check=False
    )
    left = [Path(word) for word in killed.stdout.split()]
    assert left, killed.stderr
    assert all(folder.is_dir() for folder in left)

    find_cgroups().close()

    deadline = time.monotonic() + 5
    while any(folder.exists() for folder in left) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(folder.exists() for folder in left)
    assert all(folder.is_dir() for folder in folders_of(groups)), "those of the living stay"
