"""Whether the memory of a session grows with its samples.

A session of many samples runs with recorded answers in one process, or with a served
model under `-n`, where the controller asks and the workers judge. Each process notes its
resident memory after each item; the figures are those after 10 %, 50 % and all of its
items, and what was added for each sample after the first tenth. What has to remain of a
sample is a bit, and eight numbers of eight bytes; pytest keeps three reports of each item.

    python benchmarks/memory.py                        # 100 000 samples, in process
    python benchmarks/memory.py --workers 2 --samples 20000
    python benchmarks/memory.py --samples 10000 --trace    # where what is left was allocated
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
from multiprocessing.connection import Connection
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.servers.misbehaving import MisbehavingServer  # noqa: E402

ANSWER = "Here you are:\n\n```python\ndef add(a, b):\n    return a + b\n```\n"
PROBLEM = """
- id: add{number}
  prompt: Return the sum of two integers.
  signature: "add(a: int, b: int) -> int"
  cases:
  - {{args: [2, 3], returns: 5}}
"""
WATCH = """
import gc, json, os, tracemalloc
from pathlib import Path

FOLDER, TRACED = Path(__file__).parent, {traced}
seen, first = [], []

def resident():
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")

def pytest_configure(config):
    if TRACED:
        tracemalloc.start()

def pytest_runtest_logreport(report):
    if report.when != "teardown":
        return
    seen.append(resident())
    if TRACED and len(seen) == max(3, {items} // 20):
        gc.collect()
        first.append(tracemalloc.take_snapshot())

def pytest_unconfigure(config):
    name = os.environ.get("PYTEST_XDIST_WORKER", "session")
    (FOLDER / (name + ".json")).write_text(json.dumps(seen))

def pytest_sessionfinish(session):
    if first:
        gc.collect()
        lines = tracemalloc.take_snapshot().compare_to(first[0], "lineno")
        rows = [[line.size_diff, str(line.traceback)] for line in lines[:12]]
        name = os.environ.get("PYTEST_XDIST_WORKER", "session")
        (FOLDER / (name + ".trace")).write_text(json.dumps(rows))
"""


def serve(said: Connection) -> None:
    """Answer at once and without a stream, in a process of its own."""
    with MisbehavingServer(answer=lambda _: ANSWER) as server:
        said.send(server.url)
        while True:
            time.sleep(1)
            server.requests.clear()


def write_suite(folder: Path, problems: int, samples: int, *, is_traced: bool) -> None:
    (folder / "pytest.ini").write_text("[pytest]\n")
    (folder / "conftest.py").write_text(WATCH.format(items=problems, traced=is_traced))
    header = "suite: many\ndefaults: {languages: [python]}\nproblems:"
    texts = "".join(PROBLEM.format(number=number) for number in range(problems))
    (folder / "many.llmbench.yaml").write_text(header + texts)
    with (folder / "answers.jsonl").open("w") as file:
        for number in range(problems):
            for sample in range(samples):
                text = f"Answer {sample} of {samples}. {ANSWER}"
                file.write(json.dumps({"task_id": f"many/add{number}", "completion": text}) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--samples", type=int, default=100_000, help="in all")
    parser.add_argument("--per-problem", type=int, default=100)
    parser.add_argument("--workers", type=int, default=0, help="xdist's -n")
    parser.add_argument("--trace", action="store_true", help="with tracemalloc: slow")
    args = parser.parse_args()
    problems = args.samples // args.per_problem

    here, there = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(there,), daemon=True)
    server.start()
    models = ["--llm-models=replay:answers.jsonl"]
    if args.workers:
        models = [f"--llm-models=openai:not-stream@{here.recv()}", "--llm-concurrency=64"]
        models += [f"-n{args.workers}"]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_suite(folder, problems, args.per_problem, is_traced=args.trace)
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *models]
        command += ["many.llmbench.yaml", f"--llm-samples={args.per_problem}"]
        environ = os.environ | {"PYTHONDONTWRITEBYTECODE": ""}
        start = time.perf_counter()
        done = subprocess.run(command, cwd=folder, env=environ, capture_output=True, check=False)
        seconds = time.perf_counter() - start
        if done.returncode:
            sys.exit(done.stdout.decode()[-3000:])
        print(f"{problems} problems, {args.per_problem} samples each, {seconds:.0f} s")
        for path in sorted(folder.glob("*.json")):
            report(path, args.per_problem)
    server.terminate()


def report(path: Path, per_problem: int) -> None:
    """Print what one process has noted."""
    seen = json.loads(path.read_text())
    tenth, half, last = (seen[len(seen) * part // 10 - 1] for part in (1, 5, 10))
    samples = (len(seen) - len(seen) // 10) * per_problem
    mib = "   ".join(f"{each / 2**20:6.1f}" for each in (tenth, half, last))
    print(f"{path.stem:8} MiB at 10, 50, 100 %: {mib}   bytes a sample: ", end="")
    print(f"{(last - tenth) / samples:.0f}")
    trace = path.with_suffix(".trace")
    for size, place in json.loads(trace.read_text()) if trace.exists() else ():
        print(f"    {size / samples:7.1f}   {place}")


if __name__ == "__main__":
    main()
