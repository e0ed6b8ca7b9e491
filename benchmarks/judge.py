"""How fast answers are judged, against floors measured in the same run.

Python: HumanEval's 164 references, each judged several times,

* by us: in the sandbox, values compared outside;
* by spawning `python -I -S file` for each, tests in the file, without isolation;
* by a fork server without isolation: a warm interpreter that forks and runs the file.

Compiled languages: one program compiled and run by the usual commands, and the same
program judged by its output, as well as a function judged by its values. The programs
are those of `tests/languages/answers`.

All with as many at a time as there are cores, in turns of a few seconds each, because a
shared machine has moods. CPU time counts all child processes.

    python benchmarks/judge.py --data DIR [--repeat 10] [--languages cpp,java]
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
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
    Outcome,
    Problem,
)

CORES = len(os.sched_getaffinity(0))
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
    "kotlin": ("kotlinc program.kt -d out", "java -cp out:$KOTLIN_STDLIB ProgramKt"),
    "scala": ("scalac -d out program.scala", "scala -cp out Main"),
    "csharp": ("mcs program.cs -out:main.exe", "mono main.exe"),
    "haskell": ("ghc -O0 -v0 program.hs -o main", "./main"),
    "ocaml": ("ocamlfind ocamlopt program.ml -o main || ocamlopt program.ml -o main", "./main"),
    "typescript": ("tsc program.ts", "node program.js"),
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
    finally:
        judge.close()


def _python(judge: Judge, data: Path, repeat: int) -> None:
    problems = load_humaneval(data, print).problems
    ways = {
        "judged, isolated": lambda portion: _judge_all(judge, portion),
        "spawned, not isolated": _spawn_all,
        "forked, not isolated": _fork_all,
    }
    walls = dict.fromkeys(ways, 0.0)
    cpus = dict.fromkeys(ways, 0.0)
    for number in range(repeat):
        # Distinct answers: equal ones are judged once.
        portion = [(problem, f"{problem.references[0]}\n# {number}\n") for problem in problems]
        for name, way in ways.items():
            walls[name] += _timed(lambda way=way, portion=portion: way(portion), cpus, name)
    count = len(problems) * repeat
    floor = count / walls["forked, not isolated"]
    rows = [
        (
            name,
            f"{count / walls[name]:.0f}",
            f"{cpus[name] / count * 1000:.1f}",
            f"{count / walls[name] / floor:.2f}",
        )
        for name in ways
    ]
    print(f"HumanEval, {len(problems)} references x {repeat}, {CORES} at a time")
    print(tabulate(rows, ("way", "samples/s", "CPU ms each", "of forked"), disable_numparse=True))
    print()


def _timed(work: Callable[[], None], cpus: dict[str, float], name: str) -> float:
    def cpu_s() -> float:
        usages = (
            resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
        )
        return sum(usage.ru_utime + usage.ru_stime for usage in usages)

    started, cpu = time.perf_counter(), cpu_s()
    work()
    cpus[name] += cpu_s() - cpu
    return time.perf_counter() - started


Portion = list[tuple[Problem, str]]


def _judge_all(judge: Judge, portion: Portion) -> None:
    def grade(pair: tuple[Problem, str]) -> None:
        problem, code = pair
        verdict = judge.grade(problem, Answer(code=code, language="python", how="reference"))
        assert verdict.outcome is Outcome.PASSED, (problem.id, verdict)

    with ThreadPoolExecutor(CORES) as threads:
        list(threads.map(grade, portion))


def _whole(problem: Problem, code: str) -> str:
    judging = problem.judging
    assert isinstance(judging, ByCheck)
    return f"{code}\n{judging.check_code}\ncheck({judging.entry_point})\n"


def _spawn_all(portion: Portion) -> None:
    python = os.path.realpath(getattr(sys, "_base_executable", sys.executable))
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(CORES) as threads:

        def spawn(pair: tuple[Problem, str]) -> None:
            path = Path(folder) / f"{abs(hash(pair[1]))}.py"
            path.write_text(_whole(*pair))
            subprocess.run([python, "-I", "-S", path], check=True, stdout=subprocess.DEVNULL)

        list(threads.map(spawn, portion))


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
        for _ in range(CORES)
    ]

    def feed(number: int) -> None:
        lines = [f"{_whole(*pair).encode().hex()}\n" for pair in portion[number::CORES]]
        said, _ = servers[number].communicate("".join(lines))
        assert said.endswith("done\n"), said

    with ThreadPoolExecutor(CORES) as threads:
        list(threads.map(feed, range(CORES)))


def _compiled(judge: Judge, names: Iterable[str], rounds: int) -> None:
    rows = []
    for name in names:
        language = find_language(name)
        missing = language.missing()
        if missing:
            print(f"left out: {missing}")
            continue
        rows.append(_compare(judge, language, rounds))
    headers = ("language", "bare ms", "by output ms", "ratio", "by value ms", "ratio")
    print(f"Compile and run, median of {rounds}, one at a time")
    print(tabulate(rows, headers, disable_numparse=True))


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
    bare, output, value = [], [], []
    for number in range(rounds + 1):  # the first one warms caches and servers up
        mark = (
            f"\n(* {number} *)\n"
            if language.name == "ocaml"
            else f"\n{language.comment} {number}\n"
        )
        bare.append(_bare_ms(language, program + mark))
        output.append(_graded_ms(judge, language, by_output, program + mark))
        value.append(_graded_ms(judge, language, by_value, function + mark))
    floor, *ours = (statistics.median(times[1:]) for times in (bare, output, value))
    shown = (text for ms in ours for text in (f"{ms:.0f}", f"{ms / floor:.2f}"))
    return (language.title, f"{floor:.0f}", *shown)


def _bare_ms(language: Language, program: str) -> float:
    with tempfile.TemporaryDirectory() as folder:
        name = SAVED_AS.get(language.name, f"program{Path(language.file).suffix}")
        (Path(folder) / name).write_text(program)
        (Path(folder) / "out").mkdir()
        started = time.perf_counter()
        compiling, running = BARE[language.name]
        subprocess.run(compiling, shell=True, cwd=folder, check=True, capture_output=True)
        done = subprocess.run(
            running,
            shell=True,
            cwd=folder,
            check=True,
            input=NUMBERS[0].encode(),
            capture_output=True,
        )
        took = time.perf_counter() - started
    assert done.stdout.split() == NUMBERS[1].encode().split(), done
    return took * 1000


def _graded_ms(judge: Judge, language: Language, judging: ByOutput | ByValue, code: str) -> float:
    problem = Problem(
        suite="benchmark",
        id="one",
        task_id="one",
        language=language.name,
        prompt="",
        judging=judging,
    )
    started = time.perf_counter()
    verdict = judge.grade(problem, Answer(code=code, language=language.name, how="benchmark"))
    took = time.perf_counter() - started
    assert verdict.outcome is Outcome.PASSED, (language.name, verdict)
    return took * 1000


if __name__ == "__main__":
    main()
