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
from enum import Enum, auto
from pathlib import Path

from pytest_llmbench.grading.sandbox.home import Home
from pytest_llmbench.grading.sandbox.output import PrintedOutput

__all__ = ["Ending", "SpawnedProcess"]

_DEATH_S = 2.0
_STOP_S = 0.2


class Ending(Enum):
    """How all processes of a program are ended."""

    NAMESPACE = auto()
    """By the first process of its PID namespace, the command's only child."""
    GROUP = auto()
    """By their process group; what has left it survives."""
    SUPERVISED = auto()
    """By the command itself, which ends them all and then itself when it is told to."""


class SpawnedProcess:
    """What a command started, and all that came of it."""

    def __init__(
        self,
        command: Callable[[int, int], Sequence[str]],
        *,
        cwd: Path,
        env: Mapping[str, str],
        ending: Ending,
        home: Home,
        extra_fds: Sequence[int] = (),
        on_close: Callable[[], None] = lambda: None,
    ) -> None:
        """Start `command`, made for two descriptors: the socket's, and a gate's.

        Behind the gate, until a byte comes, the command must start no more than the first
        process of its namespace: then both are in their home.
        """
        self._ending = ending
        self._home = home
        self._on_close = on_close
        self._lock = threading.Lock()
        self._is_closed = False
        self.socket, theirs = socket.socketpair()
        self.socket.setblocking(False)
        self._output = PrintedOutput()
        gate, ours = os.pipe()
        try:
            self._popen = subprocess.Popen(
                command(theirs.fileno(), gate),
                cwd=cwd,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=self._output.fd,
                stderr=self._output.fd,
                pass_fds=[theirs.fileno(), gate, *extra_fds],
                start_new_session=True,
            )
            self._pidfd = os.pidfd_open(self._popen.pid)
        except BaseException:
            self.socket.close()
            self._output.close()
            self._release()
            os.close(ours)
            raise
        finally:
            theirs.close()
            os.close(gate)
        try:
            self._move_in()
            with contextlib.suppress(BrokenPipeError):  # it has ended
                os.write(ours, b".")
        except BaseException:
            self.close()
            raise
        finally:
            os.close(ours)

    def _move_in(self) -> None:
        slot = self._home.slot
        if slot is None:
            return
        # What has ended already cannot be moved, and will say why to whoever reads it.
        with contextlib.suppress(ProcessLookupError):
            slot.add(self.pid)
            for child in self._children():  # started before we came, waiting at the gate
                slot.add(child)

    def _release(self) -> None:
        self._home.leave()
        self._on_close()

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
                if self._ending is Ending.GROUP:
                    # Before it is reaped: until then its number is nobody else's.
                    self._kill_group()
                self._popen.wait()
        status = self._popen.returncode
        return status if status >= 0 else 128 - status

    def kill(self) -> None:
        with self._lock:
            if self._is_closed or self._popen.returncode is not None:
                return
            match self._ending:
                case Ending.NAMESPACE:
                    self._kill_namespace()
                case Ending.GROUP:
                    self._kill_group()
                case Ending.SUPERVISED:
                    self._signal(signal.SIGTERM)

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
    def was_out_of_memory(self) -> bool:
        return self._home.was_out_of_memory

    @property
    def memory_in_use(self) -> int | None:
        return self._home.memory_in_use

    def limit_memory(self, memory_bytes: int) -> None:
        self._home.limit_memory(memory_bytes)

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
        self._release()
