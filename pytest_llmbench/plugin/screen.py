"""A line below pytest's own output, which neither pytest nor a test notices.

The line stands in the row below the cursor and goes before anything else is written, so
the screen is in the end what it would be without it. Two ways to know when that is:

* where output is captured at the level of file descriptors, nothing but us can reach the
  terminal while capturing is on, and nothing of ours may be there while it is off;
* where nothing is captured (an xdist controller), what pytest writes goes through us.

pytest's own attributes that this relies on are named in `tests/plugin/test_private_api.py`.
"""

from __future__ import annotations

import os
import sys
import threading
from abc import ABC, abstractmethod
from typing import Any

__all__ = ["BesideCapture", "BesideWrites", "Screen"]

# Make a row below by scrolling if need be, save the cursor, write there, and go back. What
# is above and beside the cursor is never touched, so its column need not be known.
_DRAW = "\x1bD\x1b[A\x1b7\x1b[B\r\x1b[J{}\x1b8"
_COLUMNS_OF_A_LOG = 240
_ERASE = "\x1b[J"


class Screen(ABC):
    """The terminal of a session; safe in several threads."""

    def __init__(self, reporter: Any, *, is_free: bool) -> None:
        """Raise OSError where the reporter does not write to a file of the system."""
        self._reporter = reporter
        self._writer = reporter._tw
        self._file = self._writer._file
        # A descriptor of its own: capturing replaces the one that pytest writes to.
        self._fd = os.dup(self._file.fileno())
        self._encoding = getattr(self._file, "encoding", None) or "utf-8"
        self._lock = threading.RLock()
        self._is_free = is_free
        """Whether nobody else can be writing now."""
        self._line = ""
        self._drawn = ""

    @property
    def columns(self) -> int:
        """How wide the terminal is now; 80 where it does not say, as pytest assumes."""
        try:
            return os.get_terminal_size(self._fd).columns or 80
        except OSError:  # a file, or a pipe
            return _COLUMNS_OF_A_LOG

    def show(self, line: str) -> None:
        """Have this line below the output, whenever that can be; empty: have none."""
        with self._lock:
            self._line = line
            if self._is_free and line != self._drawn:
                self._draw()

    def announce(self, line: str) -> bool:
        """Write a whole line that stays; `False` where that cannot be now."""
        with self._lock:
            if self._is_free:
                self._write(f"{self._broken_off()}{line}\n{self._taken_up()}")
            return self._is_free

    def close(self) -> None:
        """Erase the line, and leave pytest as it was; idempotent."""
        with self._lock:
            if self._fd >= 0:
                self._erase()
                self._is_free = False
                self._leave()
                os.close(self._fd)
                self._fd = -1

    @abstractmethod
    def _leave(self) -> None:
        """Undo what was done to pytest's objects."""

    def _broken_off(self) -> str:
        return "\n" if self._writer._current_line else ""

    def _taken_up(self) -> str:
        """Give what goes on after a line of ours, and tell pytest where its cursor is.

        Verbose output waits for a word behind the test's name, which is repeated. Dots go
        on in the next row.
        """
        if self._reporter.verbosity > 0 and self._reporter.currentfspath != -2:
            return str(self._writer._current_line)
        if self._reporter.verbosity > 0:  # a line of xdist's, which is whole
            self._reporter.currentfspath = None
        self._writer._current_line = ""
        return ""

    def _draw(self) -> None:
        columns = self.columns
        if not self._line:
            self._erase()
        # In the last column a terminal waits to wrap, and may forget that.
        elif (column := self._writer.width_of_current_line) <= 0 or column % columns:
            self._write(_DRAW.format(self._line))
            self._drawn = self._line

    def _erase(self) -> None:
        if self._drawn:
            self._drawn = ""
            self._write(_ERASE)

    def _write(self, text: str) -> None:
        data = text.encode(self._encoding, "replace")
        try:
            while data:
                data = data[os.write(self._fd, data) :]
        except OSError:  # the terminal is gone; pytest will find out for itself
            self._is_free = False


class BesideCapture(Screen):
    """Writes while pytest captures what tests print."""

    def __init__(self, reporter: Any, capture: Any) -> None:
        super().__init__(reporter, is_free=False)
        self._capture = capture
        resume, suspend = capture.resume_global_capture, capture.suspend_global_capture

        def resume_global_capture() -> None:
            resume()
            with self._lock:
                self._is_free = self._fd >= 0
                if self._is_free and self._line:
                    self._draw()

        def suspend_global_capture(in_: bool = False) -> None:
            with self._lock:
                self._erase()
                self._is_free = False
            suspend(in_)

        capture.resume_global_capture = resume_global_capture
        capture.suspend_global_capture = suspend_global_capture

    def _leave(self) -> None:
        del self._capture.resume_global_capture, self._capture.suspend_global_capture


class BesideWrites(Screen):
    """Writes between what pytest and its hooks write, in a process that captures nothing."""

    def __init__(self, reporter: Any) -> None:
        super().__init__(reporter, is_free=True)
        self._guarded: list[tuple[Any, str, Any]] = []
        for owner, name in ((self._writer, "_file"), (sys, "stdout"), (sys, "stderr")):
            file = getattr(owner, name)
            if file is self._file or _is_terminal(file):
                file.flush()
                self._guarded.append((owner, name, file))
                setattr(owner, name, _Guarded(file, self))

    def write(self, text: str, file: Any) -> int:
        """Write for somebody: without a line in the way, and at once."""
        with self._lock:
            self._erase()
            count = int(file.write(text))
            file.flush()
            if self._is_free and self._line:
                self._draw()
        return count

    def _leave(self) -> None:
        for owner, name, file in self._guarded:
            if isinstance(getattr(owner, name), _Guarded):
                setattr(owner, name, file)


def _is_terminal(file: Any) -> bool:
    try:
        return bool(file.isatty())
    except (AttributeError, ValueError):  # closed, or None
        return False


class _Guarded:
    """What others take for their file."""

    def __init__(self, file: Any, screen: BesideWrites) -> None:
        self._file = file
        self._screen = screen

    def write(self, text: str) -> int:
        return self._screen.write(text, self._file)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)
