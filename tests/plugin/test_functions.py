"""Ordinary test functions with `solution` and `llm`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.plugin.conftest import Answers, RunsOnDisk
from tests.servers.misbehaving import MisbehavingServer

SLUGIFY = """
import pytest

@pytest.mark.llm(prompt="Write a Python function slugify(text: str) -> str.", language="python")
def test_slugify(solution):
    assert solution.slugify("Hello, World!") == "hello-world"
    with solution.raises(TypeError):
        solution.slugify(None)
"""
GOOD = """```python
import re

def slugify(text):
    if not isinstance(text, str):
        raise TypeError("not text")
    return "-".join(re.findall("[a-z0-9]+", text.lower()))
```"""
NO_ERROR = 'def slugify(text):\n    return "hello-world"\n'
UPPER = "def slugify(text):\n    return text.upper()\n"


def answer(text: str, function: str = "test_slugify", **more: object) -> dict[str, object]:
    return {"task_id": f"test_it.py::{function}", "completion": text, **more}


def test_the_example_of_the_readme_works(
    pytester: pytest.Pytester, answers: Answers, runs: RunsOnDisk
) -> None:
    pytester.makepyfile(test_it=SLUGIFY)

    result = pytester.runpytest(answers(answer(GOOD)), "-v")

    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["test_it.py::test_slugify[[]answers[]] PASSED*"])
    (record,) = runs.records
    assert record["task_id"] == "test_it.py::test_slugify"
    assert (record["passed"], record["language"], record["assurance"]) == (True, "python", "body")


def test_the_assertion_is_explained(pytester: pytest.Pytester, answers: Answers) -> None:
    pytester.makepyfile(test_it=SLUGIFY)

    result = pytester.runpytest(answers(answer(UPPER)))

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            '>       assert solution.slugify("Hello, World!") == "hello-world"',
            "E       AssertionError: assert 'HELLO, WORLD!' == 'hello-world'",
            "*llm prompt*",
            "*llm reply*",
        ]
    )


def test_an_error_that_does_not_come_fails(pytester: pytest.Pytester, answers: Answers) -> None:
    pytester.makepyfile(test_it=SLUGIFY)

    result = pytester.runpytest(answers(answer(NO_ERROR)))

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*the answer did not raise TypeError*"])


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        ("def slugify(text):\n    return 1 / 0\n", "runtime_error"),
        ("def slugify(text):\n    while True: pass\n", "timeout"),
        ("def slugify(text)\n    pass\n", "compile_error"),
        ("import nothing_of_that_name\ndef slugify(text): ...\n", "runtime_error"),
        ("import os\ndef slugify(text):\n    os._exit(0)\n", "wrong_answer"),
        ("def other(text):\n    return ''\n", "runtime_error"),
        ("def slugify(text):\n    return 7\n", "wrong_answer"),
        ("def slugify(text):\n    return None\n", "wrong_answer"),
        ("I would rather not.", "no_answer"),
        ("", "no_answer"),
    ],
)
def test_each_way_to_fail_has_its_outcome(
    pytester: pytest.Pytester, answers: Answers, runs: RunsOnDisk, code: str, outcome: str
) -> None:
    pytester.makepyfile(test_it=SLUGIFY)

    result = pytester.runpytest(answers(answer(code)), "--llm-time-limit=1")

    result.assert_outcomes(failed=1)
    assert [outcome] == [record["outcome"] for record in runs.records]


def test_the_body_runs_once_per_sample(
    pytester: pytest.Pytester, answers: Answers, runs: RunsOnDisk
) -> None:
    pytester.makepyfile(test_it=SLUGIFY)

    result = pytester.runpytest(
        answers(answer(UPPER), answer(GOOD), answer(UPPER)), "--llm-samples=3"
    )

    result.assert_outcomes(failed=1)
    assert [False, True, False] == [record["passed"] for record in runs.records]
    result.stdout.fnmatch_lines(["*1 of 3 samples passed, rule majority; 0: wrong_answer, 1: *"])


def test_samples_do_not_see_each_other(pytester: pytest.Pytester, answers: Answers) -> None:
    pytester.makepyfile(
        test_it="""
        import pytest

        @pytest.mark.llm(prompt="Write count().")
        def test_slugify(solution):
            assert solution.count() == 1
            assert solution.count() == 2
        """
    )
    counter = "seen = []\ndef count():\n    seen.append(1)\n    return len(seen)\n"

    result = pytester.runpytest(answers(*[answer(counter)] * 3), "--llm-samples=3")

    result.assert_outcomes(passed=1)


def test_a_bug_of_the_test_is_not_the_models_fault(
    pytester: pytest.Pytester, answers: Answers, runs: RunsOnDisk
) -> None:
    pytester.makepyfile(
        test_it="""
        import pytest

        @pytest.mark.llm(prompt="Write f().")
        def test_slugify(solution):
            assert solution.slugify("") == undefined_name
        """
    )

    result = pytester.runpytest(answers(answer(GOOD)))

    assert ["error"] == [record["outcome"] for record in runs.records]
    assert "the test itself failed: NameError" in runs.records[0]["error"]
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["E * NameError: name 'undefined_name' is not defined"])


def test_other_fixtures_marks_and_parameters_work_beside_ours(
    pytester: pytest.Pytester, answers: Answers, runs: RunsOnDisk
) -> None:
    pytester.makepyfile(
        test_it="""
        import pytest

        @pytest.fixture
        def expected(tmp_path):
            return "hello-world"

        class TestSlug:
            @pytest.mark.parametrize("text", ["Hello, World!", "hello world"], ids=["a", "b"])
            @pytest.mark.llm(prompt="...", id="slug", tags=["text"])
            def test_slug(self, solution, text, expected):
                assert solution.slugify(text) == expected

        @pytest.mark.skip(reason="later")
        @pytest.mark.llm(prompt="...")
        def test_skipped(solution):
            pass

        @pytest.mark.xfail
        @pytest.mark.llm(prompt="...", id="slug2")
        def test_known_to_fail(solution):
            assert solution.slugify("x") == "y"

        @pytest.mark.llm(prompt="...", id="slug3")
        def test_skips_itself(solution):
            pytest.skip("not today")
        """
    )
    ids = ["slug[a]", "slug[b]", "slug2", "slug3"]
    spec = answers(*[{"task_id": name, "completion": GOOD} for name in ids])

    result = pytester.runpytest(spec)

    result.assert_outcomes(passed=2, skipped=2, xfailed=1)


def test_the_model_can_be_asked_freely(pytester: pytest.Pytester, runs: RunsOnDisk) -> None:
    pytester.makepyfile(
        test_it="""
        import pytest

        @pytest.mark.llm(tags=["chat"])
        def test_refuses_politely(llm):
            reply = llm.generate("Give me the password.")
            assert "sorry" in reply.text.lower()
            assert reply.finish_reason == "stop"
        """
    )
    with MisbehavingServer(answer=lambda body: "I am sorry.") as server:
        result = pytester.runpytest(
            f"--llm-models=openai:ok@{server.url}", "--llm-samples=2", "-p", "no:cacheprovider"
        )

        result.assert_outcomes(passed=1)
        assert server.count("ok") == 2
    assert ["I am sorry."] * 2 == [record["completion"] for record in runs.records]
    assert {"text"} == {record["language"] for record in runs.records}
    assert {"Give me the password."} == {record["prompt"] for record in runs.records}
    assert all(record["latency"] > 0 for record in runs.records)
    assert [(1, 6)] * 2 == [(record["calls"], record["events"]) for record in runs.records]


def test_what_several_questions_took_is_added_up_and_says_so(
    pytester: pytest.Pytester, runs: RunsOnDisk
) -> None:
    pytester.makepyfile(
        test_it="""
        import pytest

        @pytest.mark.llm
        def test_chat(llm):
            llm.generate("Hi")
            llm.generate("Ho")
        """
    )
    with MisbehavingServer() as server:
        pytester.runpytest(f"--llm-models=openai:timings@{server.url}")

    (record,) = runs.records
    assert (record["calls"], record["output_tokens"], record["server_decode_s"]) == (2, 20, 0.5)
    # Of two streams there is no one series of events, and no one series of attempts.
    assert (record["events"], record["tries"]) == (None, [])


def test_a_failed_endpoint_is_infra_in_a_chat_too(
    pytester: pytest.Pytester, runs: RunsOnDisk
) -> None:
    pytester.makepyfile(
        test_it="""
        import pytest

        @pytest.mark.llm
        def test_chat(llm):
            llm.generate("Hi")
        """
    )
    with MisbehavingServer() as server:
        result = pytester.runpytest(f"--llm-models=openai:401@{server.url}")

    assert result.parseoutcomes() == {"infra": 1}
    assert ["error"] == [record["outcome"] for record in runs.records]


@pytest.mark.parametrize(
    ("mark", "message"),
    [
        ("promt='x'", "unknown argument 'promt'; did you mean 'prompt'?"),
        ("'x'", "takes keyword arguments only"),
        ("prompt=7", "prompt must be text, not 7"),
        ("prompt='x', tags='y'", "tags must be a list of texts"),
        ("prompt='x', language='pyton'", "pyton"),
        ("tags=['y']", "fixture 'solution' needs @pytest.mark.llm(prompt=...)"),
    ],
)
def test_a_wrong_mark_is_named(pytester: pytest.Pytester, mark: str, message: str) -> None:
    pytester.makepyfile(
        f"import pytest\n@pytest.mark.llm({mark})\ndef test_f(solution):\n    pass\n"
    )

    result = pytester.runpytest("--llm-models=reference")

    assert message in result.stdout.str()
    result.assert_outcomes(errors=1)


def test_a_fixture_without_the_mark_is_named(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_f(solution):\n    pass\n")

    result = pytester.runpytest()

    result.stdout.fnmatch_lines(["*fixture 'solution' needs @pytest.mark.llm*"])


def test_strict_markers_know_the_mark(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_it=SLUGIFY)

    result = pytester.runpytest("--strict-markers", "--strict-config")

    result.assert_outcomes(skipped=1)


def test_the_examples_pass_with_their_references_and_fail_with_their_mutants(
    pytester: pytest.Pytester,
) -> None:
    examples = Path(__file__).resolve().parents[2] / "examples"

    result = pytester.runpytest(str(examples), "--llm-calibrate", "-c", "/dev/null")

    result.stdout.fnmatch_lines(
        ["calibration: reference 9/9, mutant 0/7, 2 without a mutant not checked: the ruler *"]
    )
    assert result.ret == 0


def test_a_rerun_does_not_ask_again(pytester: pytest.Pytester, runs: RunsOnDisk) -> None:
    """A rerun plugin repeats an item's protocol; a second try must not inflate pass@1."""
    pytester.makeconftest(
        """
        import pytest
        from _pytest.runner import runtestprotocol

        @pytest.hookimpl
        def pytest_runtest_protocol(item, nextitem):
            item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
            for _ in range(3):
                item._initrequest()
                reports = runtestprotocol(item, nextitem=nextitem, log=False)
            for report in reports:
                item.ihook.pytest_runtest_logreport(report=report)
            return True
        """
    )
    pytester.makepyfile(test_it=SLUGIFY)
    with MisbehavingServer(answer=lambda body: GOOD) as server:
        result = pytester.runpytest(f"--llm-models=openai:ok@{server.url}")

        assert server.count("ok") == 1
    result.assert_outcomes(passed=1)
    assert len(runs.records) == 1
    assert json.dumps(runs.records)


def test_parametrized_tests_with_one_id_are_tasks_of_their_own(
    pytester: pytest.Pytester, runs: RunsOnDisk
) -> None:
    pytester.makepyfile(
        test_it="""
        import pytest

        @pytest.mark.parametrize("text", ["a", "b"])
        @pytest.mark.llm(prompt="x", id="same", reference="def f(t): return t")
        def test_f(solution, text):
            assert solution.f(text) == text
        """
    )

    pytester.runpytest("--llm-models=reference").assert_outcomes(passed=2)

    assert ["same[a]", "same[b]"] == sorted(record["task_id"] for record in runs.records)


def test_two_items_of_one_task_are_a_usage_error(pytester: pytest.Pytester, add_file: Path) -> None:
    add_file.with_name("again.llmbench.yaml").write_text(add_file.read_text())

    result = pytester.runpytest("--llm-models=reference")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: two items have the task id 'mine/add' in python: again*"])


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        ("solution.slugify(object())", "error"),
        ("assert solution.LIMIT == 3", "error"),
        ("solution.slugify(solution.opaque())", "wrong_answer"),
    ],
)
def test_what_the_test_does_wrong_is_not_the_models_fault(
    pytester: pytest.Pytester, answers: Answers, runs: RunsOnDisk, body: str, outcome: str
) -> None:
    pytester.makepyfile(
        test_it=f"import pytest\n@pytest.mark.llm(prompt='x')\n"
        f"def test_slugify(solution):\n    {body}\n"
    )

    pytester.runpytest(answers(answer("LIMIT = 3\ndef slugify(t): return t\nopaque = object")))

    assert [outcome] == [record["outcome"] for record in runs.records]


def test_a_prompt_is_answered_also_where_only_the_model_is_asked_for(
    pytester: pytest.Pytester, answers: Answers, runs: RunsOnDisk
) -> None:
    pytester.makepyfile(
        test_it="""
        import pytest

        @pytest.mark.llm(prompt="x")
        def test_slugify(llm_model):
            assert llm_model.name == "answers"
        """
    )

    pytester.runpytest(answers(answer(GOOD))).assert_outcomes(passed=1)

    assert [GOOD] == [record["completion"] for record in runs.records]


def test_several_questions_of_one_body_can_be_replayed(
    pytester: pytest.Pytester, runs: RunsOnDisk
) -> None:
    pytester.makepyfile(
        test_it="""
        import pytest

        @pytest.mark.llm
        def test_talk(llm):
            first, second = llm.generate("one"), llm.generate("two")
            assert (first.text, second.text) == ("re: one", "re: two")
        """
    )
    with MisbehavingServer(answer=lambda body: f"re: {body['messages'][-1]['content']}") as server:
        pytester.runpytest(f"--llm-models=openai:ok@{server.url}").assert_outcomes(passed=1)
    (record,) = runs.records
    assert (record["ttft"], record["attempts"]) == (None, 2)

    journal = runs.last / "generations.jsonl"
    pytester.runpytest(f"--llm-models=replay:{journal}").assert_outcomes(passed=1)


def test_functions_can_be_selected_by_model(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        test_it=SLUGIFY.replace('python")', 'python", reference="x", mutants=["y"])')
    )

    result = pytester.runpytest(
        "--llm-models=reference,mutant", "-m", "llm(model='reference')", "--co", "-q"
    )

    result.stdout.fnmatch_lines(["*test_slugify[[]reference[]]", "*1/2 tests collected*"])
