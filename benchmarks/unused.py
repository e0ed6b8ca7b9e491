"""What the plugin costs a session that does not use it.

The same session with the plugin and without it (`-p no:llmbench`), in turn; the figure is
the median of the differences, pair by pair. Two sessions: `pytest --version`, and
collecting a foreign suite of 1000 tests.

    python benchmarks/unused.py
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

FOREIGN = """
import pytest

@pytest.mark.parametrize("number", range(10))
@pytest.mark.parametrize("other", range(10))
def test_{name}(number, other):
    pass
"""


def session_ms(folder: Path, *options: str) -> float:
    environ = os.environ | {"PYTHONDONTWRITEBYTECODE": ""}
    command = [sys.executable, "-m", "pytest", *options]
    start = time.perf_counter()
    subprocess.run(command, cwd=folder, env=environ, capture_output=True, check=True)
    return (time.perf_counter() - start) * 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--repeat", type=int, default=20)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for number in range(10):
            (folder / f"test_{number}.py").write_text(FOREIGN.format(name=number))
        for label, options in (
            ("pytest --version", ("--version",)),
            ("collect 1000 foreign tests", ("--collect-only", "-q", "-p", "no:cacheprovider")),
        ):
            without, extra = [], []
            for _ in range(args.repeat + 1):
                bare = session_ms(folder, *options, "-p", "no:llmbench")
                extra.append(session_ms(folder, *options) - bare)
                without.append(bare)
            print(
                f"{label:28} without {statistics.median(without[1:]):7.1f} ms, "
                f"the plugin adds {statistics.median(extra[1:]):5.1f} ms"
            )


if __name__ == "__main__":
    main()
