"""Progress while a session waits for models: a live line, or a line now and then."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Generator, Mapping
from typing import Any

import pytest

from pytest_llmbench.analysis.progress import Counts, Snapshot
from pytest_llmbench.plugin.screen import BesideCapture, BesideWrites, Screen
from pytest_llmbench.records.record import Record
from pytest_llmbench.reports.progress_line import progress_line

__all__ = ["Progress"]

_BEATING = ("auto", "heartbeat")
_TICK_S = 0.25


class Progress:
    """Counts what is done, and shows it while the tests run. Controller or only process.

    `expect` and `see` may be called from any thread. A thread of its own draws; it starts
    when there is something to show.
    """

    def __init__(
        self,
        config: pytest.Config,
        mode: str,
        in_flight: Callable[[], Mapping[str, int]],
        *,
        heartbeat_s: float = 30.0,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._config = config
        self._mode = mode
        self._in_flight = in_flight
        self._now = now
        self.heartbeat_s = heartbeat_s
        self._is_live = False
        self._counts = Counts()
        self._lock = threading.Lock()
        """Guards the counts and the thread; never held while something is written."""
        self._screen: Screen | None = None
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()

    def expect(self, model_name: str, samples: int) -> None:
        """Count samples that will come, besides those that were expected before."""
        with self._lock:
            self._counts.expect(model_name, samples, self._now())
            self._start()

    def see(self, record: Record) -> None:
        """Count a sample that is stored."""
        with self._lock:
            self._counts.add(record, self._now())
            self._start()

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtestloop(self) -> Generator[None, object, object]:
        """Show progress while the tests run, and leave the terminal clean."""
        # Only now is it known who writes to the terminal, and whether xdist distributes.
        self._is_live = self._mode in {"auto", "line"} and _can_be_live(self._config, self._mode)
        if not _is_wanted(self._config) or not (self._is_live or self._mode in _BEATING):
            return (yield)
        with self._lock:
            self._screen = self._find_screen()
            if self._counts:
                self._start()
        try:
            return (yield)
        finally:
            self._finish()

    def _find_screen(self) -> Screen | None:
        manager = self._config.pluginmanager
        reporter = manager.get_plugin("terminalreporter")
        try:
            if _captures_descriptors(self._config):
                return BesideCapture(reporter, manager.get_plugin("capturemanager"))
            return BesideWrites(reporter)
        except (OSError, ValueError, AttributeError):  # it does not write to a real file
            return None

    def _start(self) -> None:
        if self._screen is None or self._thread is not None:
            return
        self._thread = threading.Thread(
            target=self._run, args=(self._screen,), name="llm-progress", daemon=True
        )
        self._thread.start()

    def _finish(self) -> None:
        with self._lock:
            screen, self._screen = self._screen, None
            thread, self._thread = self._thread, None
        self._stop.set()
        if screen is not None:
            screen.close()  # before waiting: from here on the thread writes nothing
        if thread is not None:
            thread.join(1)

    def _run(self, screen: Screen) -> None:
        due_s = self._now() + self.heartbeat_s
        while not self._stop.wait(_TICK_S):
            snapshot = self._snapshot()
            # One column less: a terminal waits in its last one.
            line = "" if snapshot.is_over else progress_line(snapshot, screen.columns - 1)
            if self._is_live:
                screen.show(line)
            elif line and self._now() >= due_s and screen.announce(line):
                due_s = self._now() + self.heartbeat_s

    def _snapshot(self) -> Snapshot:
        in_flight = self._in_flight()
        with self._lock:
            return self._counts.snapshot(self._now(), in_flight)


def _is_wanted(config: pytest.Config) -> bool:
    """Whether this process prints anything: not a worker, not with `-q`."""
    is_worker = hasattr(config, "workerinput")
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    return not is_worker and reporter is not None and config.getoption("verbose", 0) >= 0


def _can_be_live(config: pytest.Config, mode: str) -> bool:
    """Whether a line can be drawn and erased without touching what others write."""
    reporter: Any = config.pluginmanager.get_plugin("terminalreporter")
    environ = os.environ
    is_ci = mode == "auto" and bool(environ.get("CI") or environ.get("BUILD_NUMBER"))
    return (
        type(reporter) is pytest.TerminalReporter  # others draw things of their own
        and reporter.isatty()
        and environ.get("TERM", "dumb") not in {"", "dumb"}
        and not is_ci
        and (_captures_descriptors(config) or _is_capturing_controller(config))
    )


def _captures_descriptors(config: pytest.Config) -> bool:
    """Whether tests run in this process, and reach no terminal."""
    return not _is_distributing(config) and config.getoption("capture", "no") == "fd"


def _is_capturing_controller(config: pytest.Config) -> bool:
    return _is_distributing(config) and config.getoption("capture", "no") != "no"


def _is_distributing(config: pytest.Config) -> bool:
    return bool(config.getoption("dist", "no") != "no")
