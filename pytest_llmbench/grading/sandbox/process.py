"""A program that was started by a command of its own."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from pytest_llmbench.grading.sandbox.output import PrintedOutput

__all__ = ["SpawnedProcess"]

_DEATH_S = 2.0
_STOP_S = 0.2


class SpawnedProcess:
    """What a command started, and all that came of it."""

    def __init__(
        self,
        command: Callable[[int], Sequence[str]],
        *,
        cwd: Path,
        env: Mapping[str, str],
        has_own_namespace: bool,
        extra_fds: Sequence[int] = (),
        on_close: Callable[[], None],
    ) -> None:
        self._has_own_namespace = has_own_namespace
        self._on_close = on_close
        self._lock = threading.Lock()
        self._is_closed = False
        self.socket, theirs = socket.socketpair()
        self.socket.setblocking(False)
        self._output = PrintedOutput()
        try:
            self._popen = subprocess.Popen(
                command(theirs.fileno()),
                cwd=cwd,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=self._output.fd,
                stderr=self._output.fd,
                pass_fds=[theirs.fileno(), *extra_fds],
                start_new_session=True,
            )
            self._pidfd = os.pidfd_open(self._popen.pid)
        except BaseException:
            self.socket.close()
            self._output.close()
            on_close()
            raise
        finally:
            theirs.close()

    @property
    def pid(self) -> int:
        return self._popen.pid

    def wait(self, timeout_s: float) -> int | None:
        poller = select.poll()
        poller.register(self._pidfd, select.POLLIN)
        if not poller.poll(timeout_s * 1000):
            return None
        with self._lock:
            if self._popen.returncode is None:
                if not self._has_own_namespace:
                    # Before it is reaped: until then its number is nobody else's.
                    self._kill_group()
                self._popen.wait()
        status = self._popen.returncode
        return status if status >= 0 else 128 - status

    def kill(self) -> None:
        with self._lock:
            if self._is_closed or self._popen.returncode is not None:
                return
            if self._has_own_namespace:
                self._kill_namespace()
            else:
                self._kill_group()

    def _kill_namespace(self) -> None:
        """Kill the first process of the PID namespace, and with it all others.

        The launcher outside then ends by itself, after the kernel has removed the
        last process: once it is gone, nothing is left. Killing the launcher alone
        would rely on a parent-death signal, and would not wait.
        """
        # Stopped, it cannot start the namespace between our look and our kill.
        self._signal(signal.SIGSTOP)
        children = self._children() or (self._await_stop() and self._children())
        killed = [self._kill_child(child) for child in children or ()]
        if not any(killed):
            self._signal(signal.SIGKILL)
        self._signal(signal.SIGCONT)

    def _await_stop(self) -> bool:
        """Wait until the launcher has noticed that it is stopped, or is dead."""
        deadline = time.monotonic() + _STOP_S
        while time.monotonic() < deadline:
            try:
                stat = Path(f"/proc/{self.pid}/stat").read_text("utf-8", "replace")
            except OSError:
                return False
            if stat.rpartition(")")[2].split()[0] in "TtZX":
                return True
            time.sleep(0.001)
        return False

    def _children(self) -> list[int]:
        path = f"/proc/{self.pid}/task/{self.pid}/children"
        try:
            return [int(child) for child in Path(path).read_text("ascii").split()]
        except OSError:
            return []

    def _kill_child(self, child: int) -> bool:
        try:
            pidfd = os.pidfd_open(child)
        except OSError:
            return False
        try:
            # The number cannot have been given to a stranger: only the launcher
            # reaps its children, and it is stopped.
            signal.pidfd_send_signal(pidfd, signal.SIGKILL)
        except OSError:
            return False
        finally:
            os.close(pidfd)
        return True

    def _kill_group(self) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(OSError):
            signal.pidfd_send_signal(self._pidfd, number)

    @property
    def output_size(self) -> int:
        return self._output.size

    def read_output(self, limit: int) -> str:
        return self._output.read(limit)

    def close(self) -> None:
        if self._is_closed:
            return
        self.kill()
        if self.wait(_DEATH_S) is None:
            self._signal(signal.SIGKILL)
            self.wait(_DEATH_S)
        with self._lock:
            self._is_closed = True
            os.close(self._pidfd)
        self.socket.close()
        self._output.close()
        self._on_close()
