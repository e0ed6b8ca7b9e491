"""A program in a container, and what an engine's client has to do with it."""

from __future__ import annotations

import contextlib
import os
import select
import socket
import subprocess
import threading
from collections.abc import Mapping, Sequence

from pytest_llmbench.errors import SandboxUnavailableError
from pytest_llmbench.grading.sandbox.output import PrintedOutput

__all__ = ["ContainerProcess", "ask_engine"]

_ENGINE_S = 60.0
_START_S = 30.0
_END_S = 5.0
_PIECE_BYTES = 1 << 16
_PASSED_ON = ("PATH", "HOME", "TMPDIR", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "XDG_DATA_HOME")
_PASSED_ON_BEGINNINGS = ("DOCKER_", "CONTAINER_", "CONTAINERS_", "STORAGE_")
"""Of our environment, to the engine's client: nothing that could be a model's key."""


class ContainerProcess:
    """A program in a container, through the engine's client."""

    def __init__(
        self,
        engine: Sequence[str],
        name: str,
        arguments: Sequence[str],
        *,
        output_bytes: int,
        has_limits: bool,
    ) -> None:
        """Start a container; with limits, what the kernel ends in it hit one of them."""
        self._has_limits = has_limits
        self._engine = list(engine)
        self._name = name
        self._output_bytes = output_bytes
        self._lock = threading.Lock()
        self.was_out_of_memory = False
        self._is_closed = False
        self.socket, self._theirs = socket.socketpair()
        self.socket.setblocking(False)
        self._output = PrintedOutput()
        self._said = PrintedOutput()
        """By the engine."""
        with contextlib.ExitStack() as undo:
            undo.callback(self._release)
            self._popen = subprocess.Popen(
                [*engine, *arguments],
                cwd="/",
                env=_environment(os.environ),
                stdin=self._theirs.fileno(),
                stdout=subprocess.PIPE,
                stderr=self._said.fd,
                start_new_session=True,
            )
            self._pidfd = os.pidfd_open(self._popen.pid)
            undo.pop_all()
        self._pump = threading.Thread(target=self._collect, name="llmbench-container", daemon=True)
        self._pump.start()
        self._await_start()

    def _await_start(self) -> None:
        """Wait until the worker has spoken, or nobody is left to: an answer's time is its own."""
        poller = select.poll()
        poller.register(self.socket, select.POLLIN)
        poller.register(self._pidfd, select.POLLIN)
        poller.poll(_START_S * 1000)

    def _collect(self) -> None:
        """Take apart what comes out of the container, until it ends or talks nonsense."""
        assert self._popen.stdout is not None
        left = self._output_bytes
        with self._popen.stdout as pieces:
            while len(head := pieces.read(5)) == 5:
                kind, size = head[:1], int.from_bytes(head[1:], "big")
                if kind not in {b"S", b"P", b"M"} or size > _PIECE_BYTES:
                    break
                data = pieces.read(size)
                if kind == b"M":
                    self.was_out_of_memory = self._has_limits
                    continue
                if kind == b"P":
                    os.write(self._output.fd, data[:left])
                    left -= len(data[:left])
                    continue
                try:
                    self._theirs.sendall(data)
                except OSError:  # the judge has heard enough
                    break
            self.kill()
        # Only now: what had been said is there to be read.
        with contextlib.suppress(OSError):
            self._theirs.shutdown(socket.SHUT_WR)

    def wait(self, timeout_s: float) -> int | None:
        poller = select.poll()
        poller.register(self._pidfd, select.POLLIN)
        if not poller.poll(timeout_s * 1000):
            return None
        with self._lock:
            status = self._popen.wait()
        self._pump.join(timeout_s)
        return status if status >= 0 else 128 - status

    def kill(self) -> None:
        # The bridge ends when its input does, and as the first process it takes all others
        # with it. This is ten times as fast as the engine.
        with self._lock, contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_WR)

    @property
    def output_size(self) -> int:
        return self._output.size

    def read_output(self, limit: int) -> str:
        return self._output.read(limit) or self._said.read(limit)

    @property
    def memory_in_use(self) -> int | None:
        return None

    def limit_memory(self, memory_bytes: int) -> None:
        pass

    def close(self) -> None:
        if self._is_closed:
            return
        self._is_closed = True
        self.kill()
        if self.wait(_END_S) is None:
            ask_engine(self._engine, "rm", "--force", self._name)
            if self.wait(_END_S) is None:
                self._popen.kill()
                self.wait(_END_S)
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        self._pump.join(_END_S)
        with self._lock:
            os.close(self._pidfd)
        self._release()

    def _release(self) -> None:
        for end in (self.socket, self._theirs):
            end.close()
        for output in (self._output, self._said):
            output.close()


def _environment(ours: Mapping[str, str]) -> dict[str, str]:
    return {
        name: value
        for name, value in ours.items()
        if name in _PASSED_ON or name.startswith(_PASSED_ON_BEGINNINGS)
    }


def ask_engine(
    engine: Sequence[str], *arguments: str, stdin: bytes = b""
) -> subprocess.CompletedProcess[bytes]:
    """Run a command of the engine; raise SandboxUnavailableError where it hangs."""
    try:
        return subprocess.run(
            [*engine, *arguments],
            cwd="/",
            env=_environment(os.environ),
            input=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=_ENGINE_S,
            check=False,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise SandboxUnavailableError(f"{engine[0]}: {error}") from None
