"""An answer that a person's own test calls, one call at a time."""

from __future__ import annotations

import threading
import time

import pytest

from pytest_llmbench.errors import ConfigError
from pytest_llmbench.grading import CandidateFailed, CandidateRaised, HarnessError, Judge
from pytest_llmbench.vocabulary import Limits, Outcome
from tests.sandbox.conftest import Open


def test_calls_return_copies_of_values(open_answer: Open) -> None:
    answer = open_answer("def f(x, *, y=1): return [x, y]")

    assert [1, 1] == answer.call("f", (1,))
    assert ["a", {2: (3,)}] == answer.call("f", ("a",), {"y": {2: (3,)}})


def test_state_stays_between_calls(open_answer: Open) -> None:
    answer = open_answer("n = 0\ndef f():\n    global n\n    n += 1\n    return n")

    assert [1, 2, 3] == [answer.call("f") for _ in range(3)]


@pytest.mark.parametrize(
    ("language", "code", "types"),
    [
        ("python", "class Mine(ValueError): pass\ndef f(): raise Mine('no')",
         ("Mine", "ValueError", "Exception", "BaseException", "object")),
        ("python", "def f(): raise SystemExit(3)", ("SystemExit", "BaseException", "object")),
        ("javascript", "class Mine extends RangeError {}\nfunction f() { throw new Mine('no') }",
         ("RangeError", "Mine", "Error")),
    ],
)  # fmt: skip
def test_an_exception_crosses_by_name_and_the_answer_lives_on(
    open_answer: Open, language: str, code: str, types: tuple[str, ...]
) -> None:
    answer = open_answer(code, language)

    for _ in range(2):
        with pytest.raises(CandidateRaised) as caught:
            answer.call("f")
        assert set(types) == set(caught.value.types)
        assert "solution" in caught.value.traceback


def test_each_call_has_the_whole_time(open_answer: Open) -> None:
    answer = open_answer("import time\ndef f(s): time.sleep(s)", limits=Limits(time_s=0.5))

    for _ in range(3):
        answer.call("f", (0.3,))
    with pytest.raises(CandidateFailed) as caught:
        answer.call("f", (5,))
    assert Outcome.TIMEOUT is caught.value.outcome


def test_a_failed_answer_stays_failed(open_answer: Open) -> None:
    answer = open_answer("import os\ndef f(): os._exit(1)\ndef g(): return 1")

    for name in ("f", "g"):
        with pytest.raises(CandidateFailed) as caught:
            answer.call(name)
        assert Outcome.RUNTIME_ERROR is caught.value.outcome


def test_an_answer_that_cannot_be_loaded_is_not_opened(judge: Judge) -> None:
    with pytest.raises(CandidateFailed) as caught:
        judge.open("python", "def f(:", Limits())
    assert Outcome.COMPILE_ERROR is caught.value.outcome


def test_what_was_printed_can_be_read_before_and_after_the_end(open_answer: Open) -> None:
    answer = open_answer("print('loaded')\ndef f(): print('called')")
    answer.call("f")

    assert answer.output() == "loaded\ncalled\n"
    answer.close()
    answer.close()
    assert answer.output() == "loaded\ncalled\n"
    with pytest.raises(HarnessError, match="closed"):
        answer.call("f")


def test_arguments_that_are_no_plain_values_are_a_mistake_of_the_caller(open_answer: Open) -> None:
    answer = open_answer("def f(x): return 1")

    with pytest.raises(TypeError, match="plain values"):
        answer.call("f", (object(),))
    assert 1 == answer.call("f", (2,))


def test_javascript_has_no_keyword_arguments(open_answer: Open) -> None:
    answer = open_answer("function f(x) { return x }", "javascript")

    with pytest.raises(TypeError, match="keyword"):
        answer.call("f", (), {"x": 1})


def test_an_unknown_language_is_a_mistake_of_the_user(judge: Judge) -> None:
    with pytest.raises(ConfigError, match="unknown language"):
        judge.open("cobol", "", Limits())


def test_an_answer_outlives_the_thread_that_opened_it(open_answer: Open) -> None:
    opened = []
    thread = threading.Thread(target=lambda: opened.append(open_answer("def f(): return 1")))
    thread.start()
    thread.join()
    time.sleep(0.2)

    assert 1 == opened[0].call("f")


def test_opening_is_quick(judge: Judge) -> None:
    started = time.monotonic()

    judge.open("python", "", Limits()).close()

    assert time.monotonic() - started < 2
