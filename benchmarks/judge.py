"""How fast answers are judged, against floors measured in the same run.

Python: HumanEval's 164 references, each judged several times,

* by us: in the sandbox, values compared outside;
* by spawning `python -I file` for each, tests in the file, without isolation, in a fresh
  virtual environment: what is installed beside us must not slow it down;
* by a fork server without isolation: a warm interpreter that forks and runs the file.

Compiled languages: one program compiled and run by the usual commands, and the same
program judged by its output, as well as a function judged by its values. The programs
are those of `tests/languages/answers`.

Python with as many at a time as a session judges, one more than there are cores; in turns
of a few seconds each, because a shared machine has moods. The first turn is not counted: it
starts servers. Compiled programs one at a time.

The last table says what a sample that runs out of time costs beside its limit.

    python benchmarks/judge.py --data DIR [--repeat 10] [--languages cpp,java]
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tabulate import tabulate

from pytest_llmbench.grading import Judge, find_sandbox
from pytest_llmbench.languages import Language, find_language
from pytest_llmbench.signature import parse_signature
from pytest_llmbench.suites.humaneval import load_humaneval
from pytest_llmbench.vocabulary import (
    Answer,
    ByCheck,
    ByOutput,
    ByValue,
    Case,
    IOCase,
    Limits,
    Outcome,
    Problem,
)

AT_ONCE = len(os.sched_getaffinity(0)) + 1
ANSWERS = Path(__file__).parent.parent / "tests" / "languages" / "answers"
NUMBERS = ("3 4\n-5\n", "2\n")
WORDS = "count_words(text: str) -> dict[str, int]"

# What a person types, in a folder with the program.
BARE: dict[str, tuple[str, ...]] = {
    "c": ("gcc -O0 program.c -o main -lm", "./main"),
    "cpp": ("g++ -std=c++17 -O0 program.cpp -o main", "./main"),
    "rust": ("rustc program.rs -o main", "./main"),
    "go": ("go build -o main program.go", "./main"),
    "d": ("ldc2 -of=main program.d", "./main"),
    "java": ("javac Main.java", "java Main"),
    "kotlin": (
        "bash $LLMBENCH_KOTLIN_HOME/bin/kotlinc program.kt -d out",
        "java -cp out:$LLMBENCH_KOTLIN_HOME/lib/kotlin-stdlib.jar ProgramKt",
    ),
    "scala": ("scalac -d out program.scala", "scala -cp out Main"),
    "csharp": ("mcs program.cs -out:main.exe", "mono main.exe"),
    "haskell": ("ghc -O0 -v0 program.hs -o main", "./main"),
    "ocaml": ("ocamlopt program.ml -o main", "./main"),
    "typescript": (
        "node ${LLMBENCH_TYPESCRIPT_HOME:-/usr/lib/node_modules/typescript}/bin/tsc program.ts",
        "node program.js",
    ),
}
SAVED_AS = {"java": "Main.java"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path, help="folder with HumanEval.jsonl.gz")
    parser.add_argument("--repeat", type=int, default=10, help="samples of each problem")
    parser.add_argument("--rounds", type=int, default=5, help="turns of each compiled program")
    parser.add_argument("--languages", default=",".join(BARE))
    args = parser.parse_args()
    judge = Judge(find_sandbox("auto"))
    try:
        if args.data is not None:
            _python(judge, args.data, args.repeat)
        _compiled(judge, filter(None, args.languages.split(",")), args.rounds)
        _out_of_time(judge, args.rounds)
    finally:
        judge.close()


def _python(judge: Judge, data: Path, repeat: int) -> None:
    problems = load_humaneval(data, print).problems
    with tempfile.TemporaryDirectory() as clean:
        venv.create(clean, with_pip=False)
        ways = {
            "judged, isolated": lambda portion: _judge_all(judge, portion),
            "spawned, not isolated": lambda portion: _spawn_all(portion, Path(clean, "bin/python")),
            "forked, not isolated": _fork_all,
        }
        _compare_ways(ways, problems, repeat)


def _compare_ways(
    ways: Mapping[str, Callable[[Portion], None]], problems: Sequence[Problem], repeat: int
) -> None:
    walls = dict.fromkeys(ways, 0.0)
    busy = dict.fromkeys(ways, 0.0)
    for number in range(repeat + 1):
        # Distinct answers: equal ones are judged once.
        portion = [(problem, f"{problem.references[0]}\n# {number}\n") for problem in problems]
        for name, way in ways.items():
            started, before = time.perf_counter(), _busy_s()
            way(portion)
            if number:
                walls[name] += time.perf_counter() - started
                busy[name] += _busy_s() - before
    count = len(problems) * repeat
    floor, spawned = (walls[name] for name in ("forked, not isolated", "spawned, not isolated"))
    rows = [
        (
            name,
            f"{count / walls[name]:.0f}",
            f"{busy[name] / count * 1000:.1f}",
            f"{floor / walls[name]:.2f}",
            f"{spawned / walls[name]:.2f}",
        )
        for name in ways
    ]
    headers = ("way", "samples/s", "CPU ms each", "of forked", "of spawned")
    print(f"HumanEval, {len(problems)} references x {repeat}, {AT_ONCE} at a time")
    print(tabulate(rows, headers, disable_numparse=True))
    print()


def _busy_s() -> float:
    """Return how long this machine's cores have been busy, all together, with anything."""
    user, nice, system, _, _, *interrupts = map(
        int, Path("/proc/stat").read_text().splitlines()[0].split()[1:9]
    )
    return (user + nice + system + sum(interrupts)) / os.sysconf("SC_CLK_TCK")


Portion = list[tuple[Problem, str]]


def _judge_all(judge: Judge, portion: Portion) -> None:
    def grade(pair: tuple[Problem, str]) -> None:
        problem, code = pair
        verdict = judge.grade(problem, Answer(code=code, language="python", how="reference"))
        assert verdict.outcome is Outcome.PASSED, (problem.id, verdict)

    with ThreadPoolExecutor(AT_ONCE) as threads:
        list(threads.map(grade, portion))


def _whole(problem: Problem, code: str) -> str:
    judging = problem.judging
    assert isinstance(judging, ByCheck)
    return f"{code}\n{judging.check_code}\ncheck({judging.entry_point})\n"


def _spawn_all(portion: Portion, python: Path) -> None:
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(AT_ONCE) as threads:
        files = [Path(folder) / f"{number}.py" for number in range(len(portion))]
        for file, pair in zip(files, portion, strict=True):
            file.write_text(_whole(*pair))

        def spawn(file: Path) -> None:
            subprocess.run([python, "-I", file], check=True, stdout=subprocess.DEVNULL)

        list(threads.map(spawn, files))


_FORK_SERVER = """
import os, sys
import bisect, collections, copy, dataclasses, datetime, enum, functools, heapq, itertools, json
import math, operator, re, string, typing
for line in sys.stdin:
    source = bytes.fromhex(line).decode()
    pid = os.fork()
    if not pid:
        exec(compile(source, "solution.py", "exec"), {"__name__": "solution"})
        os._exit(0)
    assert os.waitpid(pid, 0)[1] == 0
print("done")
"""


def _fork_all(portion: Portion) -> None:
    python = os.path.realpath(getattr(sys, "_base_executable", sys.executable))
    servers = [
        subprocess.Popen(
            [python, "-I", "-S", "-c", _FORK_SERVER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(AT_ONCE)
    ]

    def feed(number: int) -> None:
        lines = [f"{_whole(*pair).encode().hex()}\n" for pair in portion[number::AT_ONCE]]
        said, _ = servers[number].communicate("".join(lines))
        assert said.endswith("done\n"), said

    with ThreadPoolExecutor(AT_ONCE) as threads:
        list(threads.map(feed, range(AT_ONCE)))


def _compiled(judge: Judge, names: Iterable[str], rounds: int) -> None:
    rows = []
    for name in names:
        language = find_language(name)
        missing = language.missing()
        if missing:
            print(f"left out: {missing}")
            continue
        rows.append(_compare(judge, language, rounds))
    headers = ("language", "program", "by output", "ratio", "function", "by value", "ratio")
    print(f"Compile and run, bare and judged, ms: median of {rounds}, one at a time")
    print(tabulate(rows, headers, disable_numparse=True))
    print()


def _compare(judge: Judge, language: Language, rounds: int) -> tuple[str, ...]:
    suffix = Path(language.file).suffix
    program = (ANSWERS / language.name / f"program{suffix}").read_text()
    function = (ANSWERS / language.name / f"count_words{suffix}").read_text()
    by_output = ByOutput(cases=(IOCase(stdin=NUMBERS[0], stdout=NUMBERS[1]),))
    by_value = ByValue(
        entry_point="count_words",
        cases=(Case(args=("a b a",), returns={"a": 2, "b": 1}),),
        signature=parse_signature(WORDS),
    )
    bare, output, bare_function, value = [], [], [], []
    for number in range(rounds + 1):  # the first one warms caches and servers up
        mark = (
            f"\n(* {number} *)\n"
            if language.name == "ocaml"
            else f"\n{language.comment} {number}\n"
        )
        bare.append(_bare_ms(language, program + mark, NUMBERS[1]))
        output.append(_graded_ms(judge, language, by_output, program + mark))
        value.append(_graded_ms(judge, language, by_value, function + mark))
        try:  # where the function's file is a program too
            bare_function.append(_bare_ms(language, function + mark))
        except subprocess.CalledProcessError:
            bare_function.append(bare[-1])
    columns = []
    for floors, ours in ((bare, output), (bare_function, value)):
        floor, our = (statistics.median(times[1:]) for times in (floors, ours))
        columns += [f"{floor:.0f}", f"{our:.0f}", f"{our / floor:.2f}"]
    return (language.title, *columns)


def _bare_ms(language: Language, program: str, printed: str | None = None) -> float:
    with tempfile.TemporaryDirectory() as folder:
        name = SAVED_AS.get(language.name, f"program{Path(language.file).suffix}")
        (Path(folder) / name).write_text(program)
        (Path(folder) / "out").mkdir()
        started = time.perf_counter()
        compiling, running = BARE[language.name]
        # Its status is not asked: tsc complains of what it compiles all the same.
        subprocess.run(compiling, shell=True, check=False, cwd=folder, capture_output=True)
        done = subprocess.run(
            running,
            shell=True,
            check=True,
            cwd=folder,
            input=NUMBERS[0],
            text=True,
            capture_output=True,
        )
        took = time.perf_counter() - started
    assert printed in {None, done.stdout}, done
    return took * 1000


def _graded_ms(
    judge: Judge,
    language: Language,
    judging: ByOutput | ByValue,
    code: str,
    *,
    time_s: float = 10,
    outcome: Outcome = Outcome.PASSED,
) -> float:
    problem = Problem(
        suite="benchmark",
        id="one",
        task_id="one",
        language=language.name,
        prompt="",
        judging=judging,
        limits=Limits(time_s=time_s),
    )
    started = time.perf_counter()
    verdict = judge.grade(problem, Answer(code=code, language=language.name, how="benchmark"))
    took = time.perf_counter() - started
    assert verdict.outcome is outcome, (language.name, verdict)
    return took * 1000


LATE = {
    "python": {
        "spins": "while True: pass",
        "sleeps, ignores signals": "import signal, time\nfor n in range(1, 32):\n    try:"
        " signal.signal(n, signal.SIG_IGN)\n    except OSError: pass\ntime.sleep(60)",
        "30 processes": "import os\nfor _ in range(29):\n    if not os.fork(): break\n"
        "while True: pass",
    },
    "javascript": {"spins": "for (;;) {}"},
}
_LIMIT_S = 0.5


def _out_of_time(judge: Judge, rounds: int) -> None:
    by_value = ByValue(entry_point="f", cases=(Case(args=(), returns=0),))
    rows = []
    for name, answers in LATE.items():
        language = find_language(name)
        if language.missing():
            continue
        for what, code in answers.items():
            late = sorted(
                _graded_ms(
                    judge,
                    language,
                    by_value,
                    f"{code}\n{language.comment} {number}\n",
                    time_s=_LIMIT_S,
                    outcome=Outcome.TIMEOUT,
                )
                - 1000 * _LIMIT_S
                for number in range(rounds)
            )
            shown = (f"{ms:.0f}" for ms in (statistics.median(late), late[-1]))
            rows.append((language.title, what, *shown))
    headers = ("language", "an answer that", "ms past the limit", "at most")
    print(f"Out of time after {_LIMIT_S:g} s, median of {rounds}, one at a time")
    print(tabulate(rows, headers, disable_numparse=True))


if __name__ == "__main__":
    main()
