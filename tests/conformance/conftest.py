"""Real data and real servers from outside the project, where they exist.

The data lies in a folder `shared` beside the checkout, or where LLMBENCH_SHARED says. A
server's program is named by a variable. What is absent skips its tests, visibly.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.servers.real import program, serving

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def shared() -> Path:
    path = Path(os.environ.get("LLMBENCH_SHARED", ROOT.parent / "shared"))
    if not path.is_dir():
        pytest.skip("no shared data: set LLMBENCH_SHARED to the folder that holds it")
    return path


@pytest.fixture(scope="session")
def serve_gguf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Path], str]]:
    """Serve a GGUF file with llama.cpp's server; gives the base URL."""
    llama_server = program("LLMBENCH_LLAMA_SERVER", shutil.which("llama-server"))
    logs = tmp_path_factory.mktemp("llama-server")
    options = ["-c", "4096", "--parallel", "8", "--threads", "1", "--jinja"]
    with ExitStack() as servers:

        def serve(model: Path) -> str:
            command = [llama_server, "-m", str(model), "--alias", model.stem, *options]
            log = logs / f"{model.stem}.log"
            return servers.enter_context(serving(command, log)).url

        yield serve
