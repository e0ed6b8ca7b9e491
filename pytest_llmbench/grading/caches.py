"""The caches of languages: what every answer needs compiled, compiled once per machine.

A cache is made by commands of ours inside a sandbox, so that all paths are those that an
answer sees later. It outlives the run, so it is trusted only where nobody else could have
written it, and an answer is shown it read-only.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import stat
import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from pytest_llmbench.errors import LLMBenchError
from pytest_llmbench.grading.candidate import CandidateProcess
from pytest_llmbench.grading.failures import CandidateFailed, HarnessError
from pytest_llmbench.grading.sandbox import Sandbox
from pytest_llmbench.grading.sandbox.places import CACHE_PREFIX
from pytest_llmbench.languages import Build, Cache, Language, Toolchain
from pytest_llmbench.vocabulary import Limits

__all__ = ["FOLDER_VARIABLE", "Caches"]

FOLDER_VARIABLE = "PYTEST_LLM_JUDGE_CACHE"
"""Names the folder of the caches, where it is not to be the user's cache folder."""

_LIMITS = Limits(build_s=300.0)
_POLL_S = 0.05
_UNUSED_S = 30 * 24 * 3600.0
_MADE = "made"
"""A file beside a cache, written when that is complete; its time is that of the last use."""


class Caches:
    """Makes each language's cache when it is first needed, from any thread."""

    def __init__(self, sandbox: Sandbox, base: Path | None = None) -> None:
        self._sandbox = sandbox
        self._base = base or _default_base()
        self._lock = threading.Lock()
        self._folders: dict[str, Future[Path | None]] = {}
        self._problems: dict[str, str] = {}
        self._closed = threading.Event()
        self._live: set[CandidateProcess] = set()
        self._makers = ThreadPoolExecutor(2, thread_name_prefix="llmbench-cache")

    def start_early(self, language: Language) -> None:
        """Begin to make a language's cache, if it has to be made; return at once."""
        if language.cache is not None and language.toolchain() is not None:
            self._begin(language)

    def folder(self, language: Language) -> Path | None:
        """Return a language's cache, as soon as there is one.

        None where the language has none, or where it cannot be made or trusted: then
        answers are compiled without, and `problems` says why.
        """
        if language.cache is None or language.toolchain() is None:
            return None
        return self._begin(language).result()

    @property
    def problems(self) -> Mapping[str, str]:
        """Why there is no cache, for each language that goes without its own."""
        return dict(self._problems)

    def close(self) -> None:
        """Give up what is being made."""
        self._closed.set()
        with self._lock:
            live = list(self._live)
        for candidate in live:
            candidate.kill()
        self._makers.shutdown(wait=False)

    def _begin(self, language: Language) -> Future[Path | None]:
        with self._lock:
            future = self._folders.get(language.name)
            if future is None:
                try:
                    future = self._makers.submit(self._find, language)
                except RuntimeError:
                    raise HarnessError("the judge was closed") from None
                self._folders[language.name] = future
            return future

    def _find(self, language: Language) -> Path | None:
        try:
            return self._find_or_make(language)
        except (OSError, LLMBenchError, CandidateFailed) as error:
            self._problems[language.name] = f"{language.title} is compiled without cache: {error}"
            return None

    def _find_or_make(self, language: Language) -> Path:
        home = self._home(language)
        folder = home / f"{CACHE_PREFIX}{language.name}"
        for each in (self._base, home):
            each.mkdir(mode=0o700, parents=True, exist_ok=True)
            _trust(each)
        if not _is_made(folder):
            with _locked(home / "lock", self._closed):
                if not _is_made(folder):  # another process may have, while we waited
                    self._make(language, folder)
                    (home / _MADE).touch()
                    _remove_unused(home)
        _trust(folder)
        os.utime(home / _MADE)
        return folder

    def _home(self, language: Language) -> Path:
        """Return the folder that stands for the toolchain and all that is made with it."""
        cache, toolchain = language.cache, language.toolchain()
        assert cache is not None
        assert toolchain is not None
        return self._base / f"{language.name}-{self._key(language, cache, toolchain)}"

    def _key(self, language: Language, cache: Cache, toolchain: Toolchain) -> str:
        folder = self._base / f"{CACHE_PREFIX}{language.name}"
        shown = (*toolchain.folders, folder)
        programs = [
            (name, self._sandbox.place(path, shown), path.stat().st_size, path.stat().st_mtime_ns)
            for name, path in toolchain.programs
        ]
        parts = (
            language.installed_version(),
            programs,
            self._sandbox.place(folder, shown),
            sorted(cache.files.items()),
            cache.commands,
            sorted(language.environment.items()),
        )
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]

    def _make(self, language: Language, folder: Path) -> None:
        cache = language.cache
        assert cache is not None
        shutil.rmtree(folder, ignore_errors=True)  # of a process that was killed
        folder.mkdir(mode=0o755)
        for name, text in cache.files.items():
            path = folder / name
            path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        candidate = CandidateProcess(
            self._sandbox, language, _LIMITS, cache=folder, fills_cache=True, on_close=self._forget
        )
        with self._lock:
            self._live.add(candidate)
        try:
            if self._closed.is_set():
                raise HarnessError("the judge was closed")
            candidate.build({}, Build(commands=cache.commands, run=()))
        finally:
            candidate.close()
        _take_over(folder)

    def _forget(self, candidate: CandidateProcess) -> None:
        with self._lock:
            self._live.discard(candidate)


def _default_base() -> Path:
    configured = os.environ.get(FOLDER_VARIABLE, "")
    if configured:
        return Path(configured).expanduser().absolute()
    # The XDG specification says to ignore a relative path.
    xdg = os.environ.get("XDG_CACHE_HOME", "")
    base = Path(xdg) if os.path.isabs(xdg) else Path("~/.cache").expanduser()
    return base / "pytest-llmbench" / "toolchains"


def _is_made(folder: Path) -> bool:
    return folder.is_dir() and (folder.parent / _MADE).exists()


def _trust(folder: Path) -> None:
    """Raise HarnessError for a folder that another user made, or may write."""
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode):
        raise HarnessError(f"{folder} is not a folder")
    if status.st_uid != os.geteuid() or status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise HarnessError(
            f"another user may write {folder}; remove it, or set {FOLDER_VARIABLE} to a folder "
            "of your own"
        )


@contextlib.contextmanager
def _locked(path: Path, closed: threading.Event) -> Iterator[None]:
    """Be the only process that makes this cache; the kernel frees the lock of a dead one."""
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        deadline = time.monotonic() + 2 * _LIMITS.build_s
        while not _try_lock(fd):
            if time.monotonic() > deadline or closed.wait(_POLL_S):
                raise HarnessError("another process did not finish making it")
        yield
    finally:
        os.close(fd)


def _try_lock(fd: int) -> bool:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _take_over(folder: Path) -> None:
    """Make everything ours, for others to read only: the sandbox may have had another uid."""
    for path, _, names in os.walk(folder):
        for entry in (Path(path), *(Path(path) / name for name in names)):
            os.chown(entry, os.geteuid(), os.getegid(), follow_symlinks=False)
            if not entry.is_symlink():
                mode = entry.stat().st_mode
                entry.chmod(0o755 if mode & stat.S_IXUSR else 0o644)


def _remove_unused(home: Path) -> None:
    """Remove what older toolchains of the same language left and nobody has used for long."""
    language = home.name.rpartition("-")[0]
    for other in home.parent.glob(f"{language}-*"):
        with contextlib.suppress(OSError):
            if other != home and time.time() - (other / _MADE).stat().st_mtime > _UNUSED_S:
                shutil.rmtree(other)
