"""Workers started before there is an answer for them.

Starting a sandboxed interpreter is most of what judging costs, and while models
think the machine idles. Each spare is used for one answer, like any other.
"""

from __future__ import annotations

import threading
from collections import defaultdict, deque
from collections.abc import Sequence

from pytest_llmbench.grading.sandbox import Program, Sandbox, SandboxedProcess

__all__ = ["MAX_SPARES", "SpareProcesses"]

MAX_SPARES = 32
"""Idle workers at once: about 5 MiB each."""


class SpareProcesses:
    """Hands out started workers, from its store where there are any."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._lock = threading.Lock()
        self._idle: dict[Program, deque[SandboxedProcess]] = defaultdict(deque)
        self._is_closed = False

    def prepare(self, programs: Sequence[Program]) -> None:
        """Begin to start the first of these programs, from a thread of its own."""
        wanted = list(programs[:MAX_SPARES])
        threading.Thread(
            target=self._start, args=(wanted,), name="llmbench-spares", daemon=True
        ).start()

    def _start(self, programs: list[Program]) -> None:
        for program in programs:
            with self._lock:
                idle = sum(map(len, self._idle.values()))
                if self._is_closed or idle >= MAX_SPARES:
                    return
            try:
                process = self._sandbox.start(program)
            except OSError:
                return  # whoever needs one will start it, and say what is wrong
            with self._lock:
                if not self._is_closed:
                    self._idle[program].append(process)
                    continue
            process.close()

    def take(self, program: Program) -> SandboxedProcess:
        """Return a worker that runs nothing yet; raise OSError where none can be started."""
        while True:
            with self._lock:
                idle = self._idle.get(program)
                process = idle.popleft() if idle else None
            if process is None:
                return self._sandbox.start(program)
            if process.wait(0) is None:
                return process
            process.close()

    def close(self) -> None:
        """End the workers that were not used."""
        with self._lock:
            self._is_closed = True
            unused = [process for idle in self._idle.values() for process in idle]
            self._idle.clear()
        for process in unused:
            process.kill()
        for process in unused:
            process.close()
