"""A language's cache is made once, by us, and no answer and no other user can change it."""

from __future__ import annotations

import dataclasses
import os
import shutil
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from pytest_llmbench.grading import CandidateProcess, Sandbox
from pytest_llmbench.grading.caches import FOLDER_VARIABLE, Caches
from pytest_llmbench.languages import Build, Cache, Language, find_language, programs
from pytest_llmbench.vocabulary import Limits

MAKE = (
    'cat "{cache}/seed" /proc/sys/kernel/random/uuid > "{cache}/made"; echo made >> "{cache}/log"'
)
SHELL = dataclasses.replace(
    find_language("bash"),
    name="toy",
    find=programs("sh"),
    cache=Cache(files={"seed": "seed\n"}, commands=(("sh", "-ec", MAKE),)),
)
LOOK = Build(
    run=("sh", "-c", 'cat "{cache}/made" "{cache}/log"; echo bad >> "{cache}/made" || echo refused')
)

Open = Callable[[], Caches]


@pytest.fixture
def open_caches(sandbox: Sandbox, tmp_path: Path) -> Iterator[Open]:
    """Open the caches of a run; all runs of a test share a folder."""
    opened: list[Caches] = []

    def open_caches() -> Caches:
        opened.append(Caches(sandbox, tmp_path / "caches"))
        return opened[-1]

    yield open_caches
    for caches in opened:
        caches.close()


def changed(**changes: object) -> Language:
    assert SHELL.cache is not None
    return dataclasses.replace(SHELL, cache=dataclasses.replace(SHELL.cache, **changes))  # type: ignore[arg-type]


def look(sandbox: Sandbox, cache: Path | None) -> str:
    """Return what an answer sees in a cache, and that it cannot write there."""
    with closing(
        CandidateProcess(sandbox, SHELL, Limits(), is_program=True, cache=cache)
    ) as candidate:
        candidate.build({}, LOOK)
        return candidate.run(LOOK, "").stdout


def test_it_is_made_once_and_every_run_shows_the_same(sandbox: Sandbox, open_caches: Open) -> None:
    first, second = (look(sandbox, open_caches().folder(SHELL)) for _ in range(2))

    seed, _, log, refused = first.splitlines()
    assert ("seed", "made", "refused") == (seed, log, refused)
    assert first == second


def test_processes_that_need_it_at_once_make_it_once(open_caches: Open) -> None:
    runs = [open_caches() for _ in range(4)]

    with ThreadPoolExecutor(len(runs)) as threads:
        folders = list(threads.map(lambda caches: caches.folder(SHELL), runs))

    assert 1 == len(set(folders))
    assert folders[0] is not None
    assert "made\n" == (folders[0] / "log").read_text()


def test_it_belongs_to_us_and_others_can_only_read_it(open_caches: Open) -> None:
    folder = open_caches().folder(SHELL)

    assert folder is not None
    for path in (folder, *folder.rglob("*")):
        status = path.stat()
        assert (os.geteuid(), 0) == (status.st_uid, status.st_mode & 0o022), path


@pytest.mark.parametrize("lost", ["the mark", "the folder"])
def test_what_is_not_whole_is_made_anew(open_caches: Open, lost: str) -> None:
    folder = open_caches().folder(SHELL)
    assert folder is not None
    if lost == "the mark":  # a killed process had not come to its end
        (folder / "seed").write_text("half")
        (folder.parent / "made").unlink()
    else:
        shutil.rmtree(folder)

    assert folder == open_caches().folder(SHELL)
    assert "seed\n" == (folder / "seed").read_text()


def test_other_contents_have_another_folder(open_caches: Open) -> None:
    caches = [open_caches().folder(each) for each in (SHELL, changed(files={"seed": "x"}))]

    assert None not in caches
    assert 2 == len(set(caches))


@pytest.mark.parametrize("which", ["base", "home", "folder"])
def test_what_others_may_write_is_not_trusted(
    open_caches: Open, tmp_path: Path, which: str
) -> None:
    folder = open_caches().folder(SHELL)
    assert folder is not None
    open_to_all = {"base": tmp_path / "caches", "home": folder.parent, "folder": folder}[which]
    open_to_all.chmod(0o777)

    caches = open_caches()

    assert caches.folder(SHELL) is None
    assert f"another user may write {open_to_all}" in caches.problems["toy"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_what_belongs_to_others_is_not_trusted(open_caches: Open, tmp_path: Path) -> None:
    (tmp_path / "caches").mkdir(mode=0o700)
    os.chown(tmp_path / "caches", 12345, 12345)

    caches = open_caches()

    assert caches.folder(SHELL) is None
    assert "another user" in caches.problems["toy"]


def test_one_that_cannot_be_made_is_done_without(sandbox: Sandbox, open_caches: Open) -> None:
    caches = open_caches()
    broken = changed(commands=(("sh", "-c", "echo no such library; exit 1"),))

    folder = caches.folder(broken)

    assert folder is None
    assert "no such library" in caches.problems["toy"]
    assert "refused" in look(sandbox, folder)


def test_closing_gives_up_what_is_being_made(open_caches: Open) -> None:
    caches = open_caches()
    slow = changed(commands=(("sh", "-c", "sleep 100"),))
    caches.start_early(slow)

    caches.close()

    assert caches.folder(slow) is None


def test_what_nobody_used_for_long_is_removed(open_caches: Open) -> None:
    old, used = (
        open_caches().folder(changed(files={"seed": seed})) for seed in ("old", "used lately")
    )
    assert old is not None
    assert used is not None
    long_ago = time.time() - 40 * 24 * 3600
    os.utime(old.parent / "made", (long_ago, long_ago))

    open_caches().folder(SHELL)

    assert (False, True) == (old.exists(), used.exists())


def test_the_folder_can_be_moved(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    places = []
    for variable in ("", str(tmp_path / "elsewhere")):
        monkeypatch.setenv(FOLDER_VARIABLE, variable)
        with closing(Caches(sandbox)) as caches:
            places.append(caches.folder(SHELL))

    assert places[0] is not None
    assert places[0].is_relative_to(tmp_path / "xdg" / "pytest-llmbench")
    assert places[1] is not None
    assert places[1].is_relative_to(tmp_path / "elsewhere")
