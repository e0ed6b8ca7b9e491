"""A compiler that stays alive compiles like one that was just started, or not at all."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from pytest_llmbench.errors import SandboxUnavailableError
from pytest_llmbench.grading import Judge, find_sandbox
from pytest_llmbench.grading.candidate import Compiled
from pytest_llmbench.grading.compile_server import CompileServers
from pytest_llmbench.grading.failures import HarnessError
from pytest_llmbench.languages import Language, find_language
from pytest_llmbench.signature import parse_signature
from pytest_llmbench.vocabulary import Answer, ByValue, Case, Limits, Outcome, Problem, Verdict

_MAGIC = b"\xca\xfe\xba\xbe"
_CALLS_X = "class Solution { static long f(long n) { return X.g(n); } }"
_DEFINES_X = "class Solution {} class X { static long g(long n) { return n; } }"

_DEPTH = 40
# Each of two methods is tried with each of two ways to see the value: four times the work.
_CHOICES = "m(b ? " * _DEPTH + "1" + ' : "a")' * _DEPTH
_ENDLESS = (
    "class Solution { static <T> T m(T a) { return a; } static <T> T m(T a, T b) { return a; }"
    f" static Object f(boolean b) {{ return {_CHOICES}; }} }}"
)


@pytest.fixture(scope="module")
def judge() -> Iterator[Judge]:
    try:
        sandbox = find_sandbox("auto")
    except SandboxUnavailableError as error:
        pytest.skip(str(error))
    judge = Judge(sandbox)
    yield judge
    judge.close()
    sandbox.close()


@pytest.fixture(scope="module")
def java() -> Language:
    java = find_language("java")
    missing = java.missing()
    if missing:
        pytest.skip(missing)
    return java


@pytest.fixture
def servers(judge: Judge) -> Iterator[CompileServers]:
    servers = CompileServers(judge._start)
    yield servers
    servers.close()


def compiled(servers: CompileServers, java: Language, code: str, limit_s: float = 60.0) -> Compiled:
    result = servers.compile(java, {"Solution.java": code}, limit_s)
    assert result is not None
    return result


def test_an_answer_becomes_class_files(servers: CompileServers, java: Language) -> None:
    result = compiled(servers, java, _DEFINES_X)

    assert result.is_compiled
    assert {"Solution.class", "X.class"} == result.files.keys()
    assert all(content.startswith(_MAGIC) for content in result.files.values())


def test_what_is_wrong_is_said_as_by_the_compiler(servers: CompileServers, java: Language) -> None:
    result = compiled(servers, java, "class Solution { int f() { return true; } }")

    assert not result.is_compiled
    assert {} == result.files
    assert "Solution.java:1: error: incompatible types" in result.said


def test_no_answer_sees_the_one_before(servers: CompileServers, java: Language) -> None:
    assert compiled(servers, java, _DEFINES_X).is_compiled

    result = compiled(servers, java, _CALLS_X)

    assert not result.is_compiled
    assert "cannot find symbol" in result.said


def test_an_answer_that_takes_too_long_costs_its_limit_and_no_other_anything(
    servers: CompileServers, java: Language
) -> None:
    compiled(servers, java, _DEFINES_X)

    with pytest.raises(TimeoutError):
        servers.compile(java, {"Solution.java": _ENDLESS}, 1.0)

    assert compiled(servers, java, _DEFINES_X).is_compiled


def test_a_compiler_that_breaks_is_replaced(servers: CompileServers, java: Language) -> None:
    too_deep = (
        f"class Solution {{ int f(int n) {{ return {'-(-(' * 200_000}n{'))' * 200_000}; }} }}"
    )

    broken = servers.compile(java, {"Solution.java": too_deep}, 60.0)

    assert broken is None  # a command of its own has to tell
    assert compiled(servers, java, _DEFINES_X).is_compiled


def test_a_server_that_dies_is_replaced(servers: CompileServers, java: Language) -> None:
    compiled(servers, java, _DEFINES_X)
    for server in servers._pool(java)._idle:
        server.kill()

    assert servers.compile(java, {"Solution.java": _DEFINES_X}, 60.0) is None
    assert compiled(servers, java, _DEFINES_X).is_compiled


def test_a_server_is_replaced_after_so_many_answers(
    servers: CompileServers, java: Language
) -> None:
    assert java.server is not None
    java = dataclasses.replace(java, server=dataclasses.replace(java.server, calls=2))
    compiled(servers, java, _DEFINES_X)
    (first,) = servers._pool(java)._idle
    compiled(servers, java, _DEFINES_X)

    assert compiled(servers, java, _DEFINES_X).is_compiled
    assert first not in servers._pool(java)._idle


def test_where_no_server_starts_a_command_compiles(servers: CompileServers, java: Language) -> None:
    assert java.server is not None
    broken = dataclasses.replace(java.server, run=("java", "-cp", ".", "NoSuchClass"))

    result = servers.compile(
        dataclasses.replace(java, server=broken), {"Solution.java": _DEFINES_X}, 60.0
    )

    assert result is None


def test_an_answer_that_is_too_long_is_left_to_a_command(
    servers: CompileServers, java: Language
) -> None:
    assert servers.compile(java, {"Solution.java": f"//{'x' * 1_000_000}"}, 60.0) is None


def test_threads_each_get_their_own_classes(servers: CompileServers, java: Language) -> None:
    def names(number: int) -> set[str]:
        return set(compiled(servers, java, f"class Own{number} {{}}").files)

    with ThreadPoolExecutor(4) as executor:
        found = list(executor.map(names, range(12)))

    assert [{f"Own{number}.class"} for number in range(12)] == found


def test_closing_ends_what_is_being_compiled(servers: CompileServers, java: Language) -> None:
    compiled(servers, java, _DEFINES_X)
    with ThreadPoolExecutor(1) as executor:
        endless = executor.submit(servers.compile, java, {"Solution.java": _ENDLESS}, 60.0)
        pool = servers._pool(java)
        while not pool._busy:
            time.sleep(0.01)

        servers.close()

        assert endless.result(timeout=10) is None
    with pytest.raises(HarnessError, match="closed"):
        servers.compile(java, {"Solution.java": _DEFINES_X}, 60.0)


def grade(judge: Judge, code: str, limits: Limits) -> Verdict:
    signature = parse_signature("f(n: int) -> int")
    judging = ByValue(entry_point="f", cases=(Case(args=(3,), returns=6),), signature=signature)
    problem = Problem(
        suite="s", id="p", task_id="p", language="java", prompt="", judging=judging, limits=limits
    )
    return judge.grade(problem, Answer(code=code, language="java", how="fence"))


@pytest.mark.usefixtures("java")
def test_the_judge_tells_that_compiling_took_too_long(judge: Judge) -> None:
    verdict = grade(judge, _ENDLESS, Limits(build_s=1))

    assert Outcome.TIMEOUT is verdict.outcome
    assert "no answer within 1 s while it was compiled" == verdict.evidence


@pytest.mark.usefixtures("java")
def test_an_answer_may_be_a_public_class_of_any_name(judge: Judge) -> None:
    code = "public class Doubler { public static long f(long n) { return 2 * n; } }"

    verdict = grade(judge, code, Limits())

    assert (Outcome.PASSED, "") == (verdict.outcome, verdict.evidence)
