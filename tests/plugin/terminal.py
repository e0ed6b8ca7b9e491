"""A program on a terminal: a pseudo-terminal, and `pyte` as what a person sees."""

from __future__ import annotations

import fcntl
import os
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pyte

__all__ = ["Terminal"]


class Terminal:
    """Runs a program and keeps each screen that a person could have seen."""

    def __init__(self, rows: int = 24, columns: int = 100, *, tells_size: bool = True) -> None:
        self.screen = pyte.HistoryScreen(columns, rows, history=10_000)
        self._stream = pyte.ByteStream(self.screen)
        self.seen: list[list[str]] = []
        """The screens in between, each once for each time that something was written."""
        self._size = struct.pack("HHHH", rows, columns, 0, 0) if tells_size else bytes(8)

    def run(
        self,
        args: Sequence[str],
        folder: Path,
        environ: Mapping[str, str],
        keys: Sequence[tuple[Callable[[list[str]], bool], bytes]] = (),
    ) -> int:
        """Run to its end; type each of the keys at the first screen that it waits for."""
        master, slave = os.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, self._size)
        process = subprocess.Popen(
            [sys.executable, *args],
            cwd=folder,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=dict(environ),
            start_new_session=True,
            preexec_fn=_take_terminal,  # noqa: PLW1509
        )
        os.close(slave)
        deadline = time.monotonic() + 120
        waiting = list(keys)
        try:
            while self._read(master):
                assert time.monotonic() < deadline, "it did not end in time"
                if waiting and waiting[0][0](self.lines):
                    os.write(master, waiting.pop(0)[1])
            return process.wait(30)
        finally:
            process.kill()
            process.wait()
            os.close(master)

    def _read(self, master: int) -> bool:
        """Take what was written since; `False` when nobody can write any more."""
        if not select.select([master], [], [], 1)[0]:
            return True
        try:
            data = os.read(master, 65536)
        except OSError:  # how Linux says that the other side is closed
            return False
        self._stream.feed(data)
        if not self.seen or self.seen[-1] != self.lines:
            self.seen.append(self.lines)
        return bool(data)

    @property
    def lines(self) -> list[str]:
        """What is on the screen now, without the spaces at the ends."""
        return [line.rstrip() for line in self.screen.display]

    @property
    def text(self) -> str:
        """All that was ever scrolled past, and the screen."""
        columns = self.screen.columns
        past = (
            "".join(row[column].data for column in range(columns)).rstrip()
            for row in self.screen.history.top
        )
        return "\n".join([*past, *self.lines]).rstrip()


def _take_terminal() -> None:
    """In the new process: make Ctrl-C reach it, whoever started us."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
