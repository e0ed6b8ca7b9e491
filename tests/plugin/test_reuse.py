"""Generations that were paid for are not asked for again: `--llm-reuse`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.plugin.conftest import RunsOnDisk
from tests.servers.misbehaving import MisbehavingServer

MODELS = """
models:
- {{name: {name}, type: openai, model: ok, api_base: "{url}", api_key: $CANARY_KEY{more}}}
"""
TWO = """
suite: mine
problems:
- id: add
  prompt: Return the sum of two integers.
  signature: "add(a: int, b: int) -> int"
  languages: [python]
  cases: [{args: [2, 3], returns: 5}]
- id: plus
  prompt: Return the sum of two integers, please.
  signature: "add(a: int, b: int) -> int"
  languages: [python]
  cases: [{args: [2, 3], returns: 5}]
"""


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CANARY_KEY", "sk-canary-77aa")


@pytest.fixture
def two(pytester: pytest.Pytester) -> Path:
    path = pytester.path / "mine.llmbench.yaml"
    path.write_text(TWO)
    return path


class Asking:
    """Runs sessions against one server, and counts what each of them asked."""

    def __init__(self, pytester: pytest.Pytester, server: MisbehavingServer) -> None:
        self._pytester = pytester
        self._server = server

    def __call__(
        self, *options: str, name: str = "m", more: str = "", is_process: bool = False
    ) -> tuple[pytest.RunResult, int]:
        text = MODELS.format(name=name, url=self._server.url, more=more)
        (self._pytester.path / "models.yaml").write_text(text)
        before = self._server.count("ok")
        run = self._pytester.runpytest_subprocess if is_process else self._pytester.runpytest
        result = run("--llm-models=models.yaml", *options)
        return result, self._server.count("ok") - before


@pytest.fixture
def ask(pytester: pytest.Pytester, two: Path) -> Asking:
    with MisbehavingServer() as server:
        yield Asking(pytester, server)  # type: ignore[misc]


def newest(pytester: pytest.Pytester, name: str = "records.jsonl") -> list[dict[str, object]]:
    paths = sorted(
        (pytester.path / ".llmbench" / "runs").glob(f"*/{name}"),
        key=lambda path: path.stat().st_mtime_ns,
    )
    found = [json.loads(line) for line in paths[-1].read_text().splitlines()]
    return sorted(found, key=lambda wire: (wire["task_id"], wire["sample"]))


def test_the_same_again_asks_nothing(ask: Asking, pytester: pytest.Pytester) -> None:
    first, asked = ask("--llm-samples=2")
    assert 4 == asked
    first.assert_outcomes(passed=2)
    before = newest(pytester)

    second, asked = ask("--llm-samples=2", "--llm-reuse=last")

    assert 0 == asked
    second.assert_outcomes(passed=2)
    second.stdout.fnmatch_lines(["llm: m, 2 samples each; reusing 4 generations of run *"])
    after = newest(pytester)
    assert [record["completion"] for record in before] == [record["completion"] for record in after]
    assert {0} == {record["attempts"] for record in after}
    assert [record["latency"] for record in before] == [record["latency"] for record in after]
    assert None not in {record["reused_from"] for record in after}


def test_reused_times_are_in_no_quantile_and_the_leaderboard_says_so(ask: Asking) -> None:
    first, _ = ask()
    second, _ = ask("--llm-reuse=last")

    first.stdout.fnmatch_lines(["model*p50*"])
    first.stdout.no_fnmatch_line("model*reused*")
    second.stdout.fnmatch_lines(["model*reused*", "m *2/2*2/2*"])
    second.stdout.no_fnmatch_line("model*p50*")


def test_only_the_rest_is_asked(ask: Asking, pytester: pytest.Pytester) -> None:
    ask("--llm-samples=2", "-k", "plus")

    result, asked = ask("--llm-samples=3", "--llm-reuse=last")

    assert 4 == asked
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["m *2/6*"])


def test_a_run_that_reused_can_be_reused(ask: Asking, pytester: pytest.Pytester) -> None:
    ask("-k", "add")
    ask("--llm-reuse=last")
    origin = {record["reused_from"] for record in newest(pytester)} - {None}

    _, asked = ask("--llm-reuse=last")

    assert 0 == asked
    assert origin < {record["reused_from"] for record in newest(pytester)}


@pytest.mark.parametrize(
    ("name", "more", "asked"),
    [
        ("renamed", "", 0),
        ("m", ", prices: {input: 1, output: 2}, tags: [x], timeout_s: 7, concurrency: 2", 0),
        ("m", ", headers: {x-org: $CANARY_KEY}", 0),
        ("m", ", temperature: 0.5", 2),
        ("m", ", system: Be brief.", 2),
        ("m", ", extra_body: {top_k: 4}", 2),
    ],
)
def test_what_decides_an_answer_decides_whether_it_is_reused(
    ask: Asking, name: str, more: str, asked: int
) -> None:
    ask()

    assert asked == ask("--llm-reuse=last", name=name, more=more)[1]


def test_a_changed_prompt_is_asked_and_a_changed_test_is_not(ask: Asking, two: Path) -> None:
    ask()

    two.write_text(TWO.replace("args: [2, 3], returns: 5", "args: [2, 3], returns: 6"))
    result, asked = ask("--llm-reuse=last")
    assert 0 == asked
    result.assert_outcomes(failed=2)

    two.write_text(TWO.replace("please", "thank you"))
    assert 1 == ask("--llm-reuse=last")[1]


def test_a_run_is_named_by_its_id_or_its_path(ask: Asking, pytester: pytest.Pytester) -> None:
    ask()
    (run,) = (pytester.path / ".llmbench" / "runs").iterdir()

    for spec in (run.name, str(run), f".llmbench/runs/{run.name}/generations.jsonl"):
        assert 0 == ask(f"--llm-reuse={spec}")[1]


def test_last_before_there_is_a_run_asks_for_everything(ask: Asking) -> None:
    result, asked = ask("--llm-reuse=last")

    assert 2 == asked
    result.stdout.fnmatch_lines(["llm: m; nothing to reuse yet"])


@pytest.mark.parametrize("options", [[], ["-q"]])
def test_a_run_that_is_not_there_is_a_mistake(ask: Asking, options: list[str]) -> None:
    ask()
    result, asked = ask("--llm-reuse=nowhere", *options)

    assert (pytest.ExitCode.USAGE_ERROR, 0) == (result.ret, asked)
    result.stderr.fnmatch_lines(
        ["ERROR: --llm-reuse: no recorded generations in 'nowhere'; the newest runs are *"]
    )


def test_a_file_that_says_nothing_of_requests_is_a_mistake(
    ask: Asking, pytester: pytest.Pytester
) -> None:
    (pytester.path / "other.jsonl").write_text('{"task_id": "a", "completion": "b"}\n')

    result, _ = ask("--llm-reuse=other.jsonl")

    assert pytest.ExitCode.USAGE_ERROR == result.ret
    result.stderr.fnmatch_lines(["ERROR: *other.jsonl: holds no generations that say what was*"])


def test_torn_lines_are_asked_for_again(ask: Asking, pytester: pytest.Pytester) -> None:
    ask()
    (path,) = (pytester.path / ".llmbench" / "runs").glob("*/generations.jsonl")
    whole, torn = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(torn[: len(torn) // 2] + b"\n" + whole + torn[: len(torn) // 2])

    assert 1 == ask("--llm-reuse=last")[1]


def test_what_failed_is_asked_for_again(pytester: pytest.Pytester, two: Path) -> None:
    with MisbehavingServer() as server:
        text = MODELS.format(name="m", url=server.url, more="").replace("model: ok", 'model: "401"')
        (pytester.path / "models.yaml").write_text(text)
        asked = []
        for options in ([], ["--llm-reuse=last"]):
            pytester.runpytest("--llm-models=models.yaml", *options)
            asked.append(server.count("401"))

    assert 0 < asked[0] < asked[1]


def test_workers_reuse_what_the_controller_found(ask: Asking, runs: RunsOnDisk) -> None:
    _, asked = ask("--llm-samples=2", "-n2", is_process=True)
    assert 4 == asked

    result, asked = ask("--llm-samples=3", "-n2", "--llm-reuse=last", is_process=True)

    assert 2 == asked
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["m *4/6*"])


def test_recorded_answers_need_no_key(
    ask: Asking, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask("-k", "plus")
    monkeypatch.delenv("CANARY_KEY")

    result, asked = ask("--llm-reuse=last")

    assert 0 == asked
    result.stdout.fnmatch_lines(
        [
            "*INFRA: 1 of 1 samples lost: auth: not recorded, and it cannot be asked: "
            "CANARY_KEY not set",
            "m *1/1*1*1/1*",
        ]
    )
    assert pytest.ExitCode.USAGE_ERROR == ask()[0].ret


TALK = """
import pytest

@pytest.mark.llm(prompt="Write a function.")
def test_talk(solution, llm):
    llm.generate("one")
    llm.generate("two")
"""


def test_every_call_of_a_test_function_is_reused(
    ask: Asking, pytester: pytest.Pytester, two: Path
) -> None:
    two.unlink()
    test = pytester.makepyfile(TALK)
    more = ", prices: {input: 1, output: 2}"
    _, asked = ask(more=more)
    assert 3 == asked
    (before,) = newest(pytester)

    _, asked = ask("--llm-reuse=last", more=more)

    (after,) = newest(pytester)
    assert 0 == asked
    for name in ("completion", "input_tokens", "output_tokens", "cost_usd", "latency"):
        assert before[name] == after[name], name
    assert (3, 0) == (before["attempts"], after["attempts"])

    test.write_text(TALK.replace("two", "three"))
    _, asked = ask("--llm-reuse=last", more=more)

    (mixed,) = newest(pytester)
    assert (1, 1) == (asked, mixed["attempts"])
    assert mixed["reused_from"] is not None
