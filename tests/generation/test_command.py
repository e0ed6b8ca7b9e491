"""Programs that answer: what they are given, how they end, and that they do end."""

from __future__ import annotations

import itertools
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pytest_llmbench.errors import ConfigError
from pytest_llmbench.generation.engine import Engine
from pytest_llmbench.generation.providers.command import check
from pytest_llmbench.generation.retry import RetryPolicy
from pytest_llmbench.vocabulary import (
    FinishReason,
    Generation,
    Message,
    Model,
    Request,
    Secret,
    Usage,
)

HANG_WITH_A_CHILD = """
import os, pathlib, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
written = pathlib.Path("{pids}.part")
written.write_text(f"{{os.getpid()}} {{child.pid}}")
written.rename("{pids}")
time.sleep(600)
"""
LEAVE_A_CHILD = """
import pathlib, subprocess, sys
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
pathlib.Path("{pids}").write_text(str(child.pid))
print("done")
"""
FLOOD = """
import sys
while True:
    sys.stdout.write("x" * 65536)
"""


@pytest.fixture
def engine() -> Iterator[Engine]:
    made = Engine(8, retry_policy=RetryPolicy(base_s=0.001))
    yield made
    made.close()


labels = itertools.count()


def program(code: str, **fields: Any) -> Model:
    """Make a model that runs Python code."""
    defaults: dict[str, Any] = {
        "name": f"M#{next(labels)}",
        "type": "command",
        "model": "m",
        "options": {"command": (sys.executable, "-c", code)},
        "timeout_s": 20.0,
    }
    return Model(**defaults | fields)


def request(code: str, **fields: Any) -> Request:
    messages = (Message(role="user", content="Add two numbers."),)
    return Request(model=program(code, **fields), messages=messages, sample=0)


def ask(engine: Engine, asked: Request) -> Generation:
    return engine.submit(asked).result(timeout=30)


def wait_for_pids(path: Path) -> list[int]:
    for _ in range(1000):
        if path.exists():
            return [int(word) for word in path.read_text().split()]
        time.sleep(0.01)
    pytest.fail("the program did not start")


def survivors(pids: list[int]) -> list[int]:
    """Give those that still run after a moment; a zombie is dead."""
    alive = pids
    for _ in range(200):
        alive = [pid for pid in alive if is_alive(pid)]
        if not alive:
            break
        time.sleep(0.01)
    return alive


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in "ZX"


def test_the_prompt_goes_in_and_the_answer_comes_out(engine: Engine) -> None:
    asked = request("import sys; print(sys.stdin.read().upper() + '\\u00e9')", system="Be brief.")

    generation = ask(engine, asked)

    assert generation.failure is None
    assert generation.text == "BE BRIEF.\n\nADD TWO NUMBERS.\u00e9\n"
    assert (generation.finish_reason, generation.attempts) == (FinishReason.STOP, 1)
    assert generation.usage == Usage()
    timing = generation.timing
    assert timing.latency_s is not None
    assert 0 < timing.latency_s <= timing.wall_s
    assert (timing.ttft_s, timing.chunk_times_s) == (None, ())


def test_it_has_the_environment_of_the_user_and_knows_what_it_is_asked(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLOUR", "green")
    names = ("COLOUR", "LLMBENCH_MODEL", "LLMBENCH_SAMPLE")
    asked = request(f"import os; print(*[os.environ[name] for name in {names}])")
    assert ask(engine, replace(asked, sample=3)).text == "green m 3\n"


def test_many_run_at_once_within_the_limit(engine: Engine) -> None:
    asked = request("import sys, time; time.sleep(0.3); print(sys.stdin.read())", concurrency=4)
    futures = [engine.submit(replace(asked, sample=k)) for k in range(8)]
    assert {future.result(30).text for future in futures} == {"Add two numbers.\n"}


def test_a_prompt_that_is_not_read_is_no_trouble(engine: Engine) -> None:
    asked = request("print('hi')")
    long = replace(asked, messages=(Message(role="user", content="x" * 2**20),))
    assert ask(engine, long).text == "hi\n"


def test_a_prompt_larger_than_a_pipe_is_given_whole(engine: Engine) -> None:
    asked = request("import sys; print(len(sys.stdin.read()))")
    long = replace(asked, messages=(Message(role="user", content="x" * 2**20),))
    assert ask(engine, long).text == f"{2**20}\n"


def test_bytes_that_are_no_text_are_replaced(engine: Engine) -> None:
    asked = request(r"import sys; sys.stdout.buffer.write(b'a\xff\xed\xa0\xbd')")
    text = ask(engine, asked).text
    assert text.startswith("a\ufffd")
    text.encode("utf-8")


def test_an_exit_status_is_a_failure_told_by_the_end_of_stderr(engine: Engine) -> None:
    noise = "print('noise ' * 10000, file=sys.stderr)"
    code = f"import sys; {noise}; sys.exit('no GPU:\\n\\x1b[31m key is Tz7pQ4wXv3Lm')"
    generation = ask(engine, request(code, secrets=(Secret("Tz7pQ4wXv3Lm"),)))
    assert generation.failure is not None
    assert (generation.failure.kind, generation.attempts) == ("server_error", 1)
    message = generation.failure.message
    assert message.startswith("the program ended with exit status 1: ")
    assert message.endswith(r"no GPU: \x1b[31m key is ***")
    assert len(message) <= 300
    assert generation.text == ""


def test_a_program_that_is_killed_is_a_failure(engine: Engine) -> None:
    failure = ask(engine, request("import os; os.kill(os.getpid(), 9)")).failure
    assert failure is not None
    assert failure.message == "the program was killed by signal 9: no word on stderr"


def test_a_program_that_cannot_be_run_is_a_failure(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "answer").write_text("\x7fELF but not really")
    (tmp_path / "answer").chmod(0o755)
    asked = request("", options={"command": (str(tmp_path / "answer"),)})
    failure = ask(engine, asked).failure
    assert failure is not None
    assert failure.message.startswith("cannot run the program: ")


def test_at_the_time_limit_nothing_survives(engine: Engine, tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    asked = request(HANG_WITH_A_CHILD.format(pids=pids), timeout_s=1.5)
    generation = ask(engine, asked)
    assert generation.failure is not None
    assert (generation.failure.kind, generation.attempts) == ("timeout", 2)
    assert survivors(wait_for_pids(pids)) == []


def test_closing_the_engine_leaves_nothing(engine: Engine, tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    future = engine.submit(request(HANG_WITH_A_CHILD.format(pids=pids)))
    started = wait_for_pids(pids)
    assert all(is_alive(pid) for pid in started)

    began_s = time.monotonic()
    engine.close()

    assert time.monotonic() - began_s < 2.0
    failure = future.result(0).failure
    assert failure is not None
    assert failure.kind == "cancelled"
    assert survivors(started) == []


@pytest.mark.parametrize("delay_s", [0.0, 0.005, 0.01, 0.02, 0.04])
def test_closing_the_engine_while_a_program_starts_leaves_nothing(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, delay_s: float
) -> None:
    mark = f"LLMBENCH_TEST_{os.getpid()}_{next(labels)}"
    monkeypatch.setenv(mark, "1")
    words = ("sh", "-c", "sleep 600 & sleep 600")
    engine.submit(request("", options={"command": words}))
    time.sleep(delay_s)
    engine.close()
    assert survivors(marked(mark)) == []


def marked(name: str) -> list[int]:
    """Give the processes in whose environment a name stands."""
    pids = [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]
    return [pid for pid in pids if name in environment_of(pid)]


def environment_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/environ").read_text(errors="replace")
    except OSError:
        return ""


def test_what_a_program_leaves_in_the_background_does_not_hold_the_answer(
    engine: Engine, tmp_path: Path
) -> None:
    pids = tmp_path / "pids"
    generation = ask(engine, request(LEAVE_A_CHILD.format(pids=pids)))
    assert generation.text == "done\n"
    assert survivors(wait_for_pids(pids)) == []


def test_a_flood_is_cut_off_and_final(engine: Engine) -> None:
    generation = ask(engine, request(FLOOD))
    assert generation.failure is not None
    assert (generation.failure.kind, generation.attempts) == ("malformed", 1)


def test_no_descriptors_are_left_open(engine: Engine) -> None:
    asked = request("print('hi')")
    ask(engine, asked)
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(5):
        ask(engine, asked)
    assert len(os.listdir("/proc/self/fd")) <= before


@pytest.mark.parametrize("word", ["no-such-program-anywhere", "./no-such-file", "/etc/passwd"])
def test_a_missing_program_is_a_configuration_error(word: str) -> None:
    model = program("", options={"command": (word, "-x")}, origin="models.yaml:7")
    with pytest.raises(ConfigError, match=rf"^models.yaml:7: .*there is no program '{word}'"):
        check(model)


@pytest.mark.parametrize("words", [None, (), "echo", ("echo", 7), ("echo", "\0")])
def test_words_that_are_none_are_a_configuration_error(words: object) -> None:
    with pytest.raises(ConfigError, match="needs `command`"):
        check(program("", options={"command": words}))
