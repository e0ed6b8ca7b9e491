"""What decides the exit status."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from tests.plugin.conftest import RIGHT, WRONG, Answers, RunsOnDisk, completion


def test_a_gate_that_is_met_makes_the_session_succeed(
    pytester: pytest.Pytester, add_file: Path, answers: Answers
) -> None:
    spec = answers(RIGHT, WRONG)
    options = [spec, "--llm-samples=2"]
    assert pytester.runpytest(*options).ret == 1

    result = pytester.runpytest(*options, "--llm-fail-under=0.5")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["gate: pass@1 >= 0.5: met (exit status 0)"])
    assert result.ret == 0


def test_a_gate_that_is_not_met_fails_the_session(
    pytester: pytest.Pytester, add_file: Path, answers: Answers, runs: RunsOnDisk
) -> None:
    spec = answers(RIGHT, RIGHT, WRONG)

    result = pytester.runpytest(spec, "--llm-samples=3", "--llm-fail-under=python:0.8")

    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(
        ["gate: pass@1[[]language=python[]] >= 0.8: NOT met: answers has 0.667 *(exit status 1)"]
    )
    assert result.ret == 1
    assert runs.manifest["exit_status"] == 1


def test_an_ordinary_failure_still_fails_a_session_whose_gate_is_met(
    pytester: pytest.Pytester, add_file: Path
) -> None:
    pytester.makepyfile("def test_other(): assert False")

    result = pytester.runpytest("--llm-models=reference", "--llm-fail-under=0.5")

    result.stdout.fnmatch_lines(["gate: pass@1 >= 0.5: met; 1 other failures (exit status 1)"])
    assert result.ret == 1


def test_a_bug_of_a_test_is_not_excused_by_a_gate(
    pytester: pytest.Pytester, add_file: Path
) -> None:
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.llm(prompt="x", reference="def f(): return 1")
        def test_f(solution):
            assert solution.f() == undefined_name
        """
    )

    result = pytester.runpytest(
        "--llm-models=reference", "--llm-fail-under=0.1", "--llm-max-infra=1"
    )

    result.assert_outcomes(passed=1, failed=1)
    assert result.ret == 1


def test_a_projects_default_gate_says_nothing_of_other_tests(pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\nllm_fail_under = 0.8\n")
    pytester.makepyfile("def test_other(): pass")

    assert pytester.runpytest().ret == 0


def test_a_lost_sample_does_not_drop_its_problem_from_pass_at_k(
    pytester: pytest.Pytester, add_file: Path, answers: Answers, runs: RunsOnDisk
) -> None:
    spec = answers(*[RIGHT] * 9)

    pytester.runpytest(spec, "--llm-samples=10")

    (row,) = csv.DictReader((runs.last / "results.csv").open())
    assert (row["k"], row["pass@k"], row["infra"]) == ("9", "1", "1")


def test_a_broken_fixture_of_an_llm_test_is_an_ordinary_failure(
    pytester: pytest.Pytester, add_file: Path
) -> None:
    pytester.makepyfile(
        """
        import pytest

        @pytest.fixture
        def broken():
            raise RuntimeError

        @pytest.mark.llm(prompt="x", reference="def f(): return 1")
        def test_f(solution, broken):
            pass
        """
    )

    result = pytester.runpytest("--llm-models=reference", "--llm-fail-under=0.1")

    assert result.ret == 1


def test_a_collection_error_still_stops_the_session(
    pytester: pytest.Pytester, add_file: Path
) -> None:
    pytester.makepyfile("import nothing_of_that_name")

    result = pytester.runpytest("--llm-models=reference", "--llm-fail-under=0.1")

    assert result.ret == pytest.ExitCode.INTERRUPTED


def test_nothing_measured_is_never_a_pass(
    pytester: pytest.Pytester, add_file: Path, answers: Answers
) -> None:
    result = pytester.runpytest(answers(completion("x", "other")), "--llm-fail-under=0")

    result.stdout.fnmatch_lines(["gate: *NOT met: answers has no judged sample (1 lost to INFRA)*"])
    assert result.parseoutcomes() == {"infra": 1}
    assert result.ret == 1


def test_a_gate_without_any_llm_test_is_not_a_pass(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_other(): pass")

    result = pytester.runpytest("--llm-models=reference", "--llm-fail-under=0")

    assert result.ret == 1


def test_too_many_infra_items_are_never_a_pass(
    pytester: pytest.Pytester, add_file: Path, answers: Answers
) -> None:
    spec = answers(RIGHT)
    options = [spec, "--llm-samples=2", "--llm-fail-under=0.5", "--llm-pass-rule=any"]

    result = pytester.runpytest(*options)

    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["gate: *NOT met: answers lost 1 of 2 samples to INFRA*"])
    assert result.ret == 1
    assert pytester.runpytest(*options, "--llm-max-infra=0.5").ret == 0


def test_a_session_that_stopped_early_is_never_a_pass(
    pytester: pytest.Pytester, add_file: Path
) -> None:
    result = pytester.runpytest("--llm-models=mutant,reference", "-x", "--llm-fail-under=0")

    result.stdout.fnmatch_lines(["gate: *NOT met:*the run is incomplete*"])
    assert result.ret != 0


def test_a_missing_answer_is_infra_by_name(
    pytester: pytest.Pytester, add_file: Path, answers: Answers, runs: RunsOnDisk
) -> None:
    result = pytester.runpytest(answers(completion("x", "mine/subtract")))

    result.stdout.fnmatch_lines(["*INFRA*missing: *mine/add*answers.jsonl*"])
    (record,) = runs.records
    assert (record["passed"], record["outcome"]) == (False, "error")


def test_calibration_demands_everything_and_nothing(
    pytester: pytest.Pytester, add_file: Path
) -> None:
    result = pytester.runpytest("--llm-calibrate")

    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(
        ["calibration: reference 1/1, mutant 0/2: the ruler is true (exit status 0)"]
    )
    assert result.ret == 0


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("return a + b", "return a - b"),
        ("return 5", "return a + b"),
    ],
)
def test_calibration_finds_a_ruler_that_lies(
    pytester: pytest.Pytester, add_file: Path, old: str, new: str
) -> None:
    add_file.write_text(add_file.read_text().replace(old, new))

    result = pytester.runpytest("--llm-calibrate")

    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["calibration: *FAILED (exit status 1)"])
    assert result.ret == 1


def test_calibration_of_nothing_fails(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_other(): pass")

    result = pytester.runpytest("--llm-calibrate")

    assert result.ret == 1


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ("--llm-fail-under=80", "--llm-fail-under: '80' is not a pass rate"),
        ("--llm-samples=0", "--llm-samples: '0' is not a whole number from 1 on"),
        ("--llm-limit=x", "--llm-limit: 'x' is not a whole number from 1 on"),
        ("--llm-pass-rule=most", "--llm-pass-rule: 'most' is not any, all, majority"),
        (
            "--llm-sandbox=vm",
            "--llm-sandbox: 'vm' is none of auto, bubblewrap, namespaces, ",
        ),
        ("--llm-max-infra=2", "--llm-max-infra: '2' is not a share"),
        ("--llm-fail-under=", "--llm-fail-under: it is empty"),
        ("--llm-models=", "--llm-models: it is empty"),
        ("--llm-output=", "--llm-output: it is empty"),
        ("--llm-models=openai:x@http://[::1/v1", "needs a model and a URL"),
        ("--llm-models=replay:", "'replay:' names no model; write replay: and a file"),
        ("--llm-time-limit=0", "--llm-time-limit: '0' is not a number of seconds"),
        ("--llm-models=opena:x", "unknown provider 'opena'"),
        ("--llm-models=absent.yaml", "absent.yaml:1: cannot be read"),
        ("--llm-models=replay:absent.jsonl", "absent.jsonl"),
    ],
)
def test_a_wrong_option_is_a_usage_error_in_one_line(
    pytester: pytest.Pytester, option: str, message: str
) -> None:
    result = pytester.runpytest(option)

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    (line,) = [line for line in result.errlines if line]
    assert message in line
    assert line.startswith("ERROR: ")


def test_calibration_chooses_its_own_models(pytester: pytest.Pytester) -> None:
    result = pytester.runpytest("--llm-calibrate", "--llm-models=reference")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*drop --llm-models*"])


def test_options_come_from_the_command_line_then_the_environment_then_ini(
    pytester: pytest.Pytester, add_file: Path, monkeypatch: pytest.MonkeyPatch, runs: RunsOnDisk
) -> None:
    pytester.makeini("[pytest]\nllm_models = reference\nllm_samples = 2\nllm_fail_under = 1.0\n")
    pytester.runpytest().assert_outcomes(passed=1)
    assert len(runs.records) == 2

    monkeypatch.setenv("PYTEST_LLM_SAMPLES", "3")
    pytester.runpytest()
    assert runs.manifest["settings"]["samples"] == 3

    pytester.runpytest("--llm-samples=4")
    assert runs.manifest["settings"]["samples"] == 4


def test_a_projects_default_models_do_not_disturb_sessions_without_our_tests(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_SUCH_KEY", raising=False)
    pytester.makeini("[pytest]\nllm_models = models.yaml\n")
    (pytester.path / "models.yaml").write_text(
        "models:\n- {name: a, type: openai, api_base: 'http://x', api_key: $NO_SUCH_KEY}\n"
    )
    pytester.makepyfile(test_plain="def test_plain(): pass")

    pytester.runpytest("test_plain.py").assert_outcomes(passed=1)

    pytester.makepyfile(
        test_ours="import pytest\n@pytest.mark.llm(prompt='x')\ndef test_f(solution): pass"
    )
    result = pytester.runpytest("test_ours.py")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: *models.yaml:2: *NO_SUCH_KEY is not set*"])


def test_a_model_whose_items_were_skipped_meets_no_gate(
    pytester: pytest.Pytester, add_file: Path
) -> None:
    add_file.write_text(add_file.read_text().partition("  mutants:")[0])

    result = pytester.runpytest("--llm-models=mutant,reference", "-rs", "--llm-fail-under=0.5")

    result.assert_outcomes(passed=1, skipped=1)
    result.stdout.fnmatch_lines(["gate: *NOT met: mutant has no judged sample*"])
