"""Servers that nobody here wrote, each started on a free port of this machine."""

from __future__ import annotations

import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

_NOWHERE = "http://127.0.0.1:9"
_ALONE = {
    **dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), _NOWHERE),
    **dict.fromkeys(("NO_PROXY", "no_proxy"), "127.0.0.1,localhost"),
    "PYTHONUNBUFFERED": "1",
    "OMP_NUM_THREADS": "1",
}
"""Nothing leaves this machine, and the processors are left for whoever else is on it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RealServer:
    """One that is up."""

    url: str
    """Where its API begins."""
    log: Path

    def count(self, path: str) -> int:
        """Count the requests for a path of the API in what uvicorn has logged."""
        return self.log.read_text("utf-8", "replace").count(f'"POST /v1{path} HTTP/1.1"')


def program(variable: str, default: str | None = None) -> str:
    """Find the program that a variable names; skip where there is none."""
    found = os.environ.get(variable) or default
    if found is None or not Path(found).exists():
        pytest.skip(f"set {variable} to the program")
    return found


@contextmanager
def serving(
    command: Sequence[str],
    log: Path,
    *,
    health: str = "/health",
    limit_s: float = 30.0,
    env: Mapping[str, str] | None = None,
) -> Iterator[RealServer]:
    """Run a server until it is no longer needed; `--host` and `--port` are added.

    It is up when `health` answers 200, which may take `limit_s` seconds.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*command, "--host", "127.0.0.1", "--port", str(port)],
            stdout=output,
            stderr=output,
            env={**os.environ, **_ALONE, **(env or {})},
        )
    try:
        _wait_until_healthy(f"http://127.0.0.1:{port}{health}", process, limit_s)
        yield RealServer(url=f"http://127.0.0.1:{port}/v1", log=log)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_healthy(url: str, process: subprocess.Popen[bytes], limit_s: float) -> None:
    until_s = time.monotonic() + limit_s
    while time.monotonic() < until_s:
        assert process.poll() is None, f"{process.args!r} ended at once"
        try:
            with urllib.request.urlopen(url, timeout=1) as reply:
                if reply.status == 200:
                    return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            pass
        time.sleep(0.1)
    pytest.fail(f"{process.args!r} was not up after {limit_s:g} s")
