"""Real data and real servers from outside the project, where they exist.

The data lies in a folder `shared` beside the checkout, or where LLMBENCH_SHARED says. The
server is llama.cpp's own, named by LLMBENCH_LLAMA_SERVER or found on the PATH. What is
absent skips its tests, visibly.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def shared() -> Path:
    path = Path(os.environ.get("LLMBENCH_SHARED", ROOT.parent / "shared"))
    if not path.is_dir():
        pytest.skip("no shared data: set LLMBENCH_SHARED to the folder that holds it")
    return path


@pytest.fixture(scope="session")
def serve_gguf() -> Iterator[Callable[[Path], str]]:
    """Serve a GGUF file with llama.cpp's server; gives the base URL."""
    program = os.environ.get("LLMBENCH_LLAMA_SERVER") or shutil.which("llama-server")
    if program is None or not Path(program).exists():
        pytest.skip("no llama-server: set LLMBENCH_LLAMA_SERVER to the program of llama.cpp")
    with ExitStack() as servers:
        yield lambda path: servers.enter_context(_llama_server(program, path))


@contextmanager
def _llama_server(program: str, model: Path) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [program, "-m", str(model), "--alias", model.stem, "--host", "127.0.0.1"]
    command += ["--port", str(port), "-c", "4096", "--parallel", "8", "--threads", "1", "--jinja"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_until_healthy(port, process)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        process.kill()
        process.wait()


def _wait_until_healthy(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        assert process.poll() is None, "llama-server ended at once"
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=1) as reply:
                if reply.status == 200:
                    return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            pass
        time.sleep(0.1)
    pytest.fail("llama-server did not become healthy in 30 s")
