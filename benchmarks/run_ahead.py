"""How close a pytest session comes to keeping an endpoint busy.

164 problems, an endpoint that takes 0.5 s for each, 64 requests at once: the ideal is
ceil(164 / 64) x 0.5 s = 1.5 s. In the same run a suite of 164 tests that do nothing shows
what pytest itself costs. The figure is (wall - do-nothing) / ideal.

    python benchmarks/run_ahead.py                        # 164 generated problems, by value
    python benchmarks/run_ahead.py --humaneval DIR        # the real ones, with their checks
    python benchmarks/run_ahead.py --text                 # asking alone: bodies that look at a text
    python benchmarks/run_ahead.py --text --problems 8200 --concurrency 512
    python benchmarks/run_ahead.py --workers 2            # with xdist, beside its do-nothing suite
"""

from __future__ import annotations

import argparse
import math
import multiprocessing
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from pytest_llmbench.suites.humaneval import load_humaneval  # noqa: E402
from tests.servers.misbehaving import CANNED_ANSWER, MisbehavingServer  # noqa: E402

PROBLEM = """
- id: add{number}
  prompt: Return the sum of two integers.
  signature: "add(a: int, b: int) -> int"
  cases:
  - {{args: [2, 3], returns: 5}}
  - {{args: [-1, 1], returns: 0}}
"""
TEXT = """
import pytest

@pytest.mark.llm(prompt="Return the sum of two integers.", language="text")
@pytest.mark.parametrize("number", range({problems}))
def test_text(number, llm_samples):
    assert "def add" in llm_samples[0].generation.text
"""
NOTHING = """
import pytest

@pytest.mark.parametrize("number", range({problems}))
def test_nothing(number):
    pass
"""


def serve(latency_s: float, references: dict[str, str], said: Connection) -> None:
    """Answer after `latency_s`, in a process of its own, so that it costs pytest nothing."""

    def answer(body: dict[str, Any]) -> str:
        code = references.get(body["messages"][-1]["content"])
        return f"```python\n{code}\n```" if code else CANNED_ANSWER

    with MisbehavingServer(answer=answer, latency_s=latency_s) as server:
        said.send(server.url)
        while said.recv():
            said.send((len(server.requests), server.peak))
            server.requests.clear()
            server.peak = 0


def session_s(folder: Path, *options: str) -> float:
    """Wall time of a whole pytest session, interpreter start included."""
    environ = os.environ | {"PYTHONDONTWRITEBYTECODE": ""}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options]
    start = time.perf_counter()
    done = subprocess.run(command, cwd=folder, env=environ, capture_output=True, check=False)
    seconds = time.perf_counter() - start
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout.decode()[-3000:]}")
    return seconds


def measure(repeat: int, session: Callable[[], float]) -> float:
    session()  # fills the bytecode caches
    return statistics.median(session() for _ in range(repeat))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--problems", type=int, default=164)
    parser.add_argument("--concurrency", type=int, default=64)
    parser.add_argument("--latency", type=float, default=0.5)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--text", action="store_true", help="judge by a body, without a sandbox")
    parser.add_argument("--workers", type=int, default=0, help="xdist's -n")
    parser.add_argument("--dist", default="load")
    parser.add_argument("--humaneval", type=Path, help="folder with HumanEval.jsonl.gz")
    args = parser.parse_args()

    references: dict[str, str] = {}
    if args.humaneval:
        problems = load_humaneval(args.humaneval, print).problems
        references = {problem.prompt: problem.references[0] for problem in problems}
        args.problems = len(problems)
    ours, theirs = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(
        target=serve, args=(args.latency, references, theirs), daemon=True
    )
    server.start()
    url = ours.recv()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "pytest.ini").write_text("[pytest]\n")
        (folder / "test_nothing.py").write_text(NOTHING.format(problems=args.problems))
        texts = "".join(PROBLEM.format(number=number) for number in range(args.problems))
        header = "suite: ahead\ndefaults: {languages: [python]}\nproblems:"
        (folder / "ahead.llmbench.yaml").write_text(header + texts)
        (folder / "test_text.py").write_text(TEXT.format(problems=args.problems))
        options = [f"--llm-models=openai:ok@{url}", f"--llm-concurrency={args.concurrency}"]
        xdist = [f"-n{args.workers}", f"--dist={args.dist}"] if args.workers else []
        suite = ["test_text.py" if args.text else "ahead.llmbench.yaml"]
        if args.humaneval:
            suite = ["--llm-suite=humaneval", f"--llm-data={args.humaneval.resolve()}"]
        nothing = measure(args.repeat, lambda: session_s(folder, "test_nothing.py", *xdist))
        wall = measure(args.repeat, lambda: session_s(folder, *suite, *options, *xdist))
    ours.send(True)
    requests, peak = ours.recv()
    server.terminate()
    ideal = math.ceil(args.problems / args.concurrency) * args.latency
    print(
        f"{args.problems} problems, {args.latency} s each, {args.concurrency} at once\n"
        f"ideal                      {ideal:6.2f} s\n"
        f"a suite that does nothing  {nothing:6.2f} s\n"
        f"this plugin                {wall:6.2f} s\n"
        f"(wall - nothing) / ideal   {(wall - nothing) / ideal:6.2f}\n"
        f"requests per sample        {requests / args.problems / (args.repeat + 1):6.2f}\n"
        f"most in flight at once     {peak:6d}"
    )


if __name__ == "__main__":
    main()
