"""Three ways in, one mechanism: installed suites, data files, ordinary tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.plugin.conftest import ADD, RIGHT, WRONG, Answers, RunsOnDisk


def test_the_reference_passes_the_core_suite_in_both_languages(
    pytester: pytest.Pytester, runs: RunsOnDisk
) -> None:
    result = pytester.runpytest("--llm-suite=core", "--llm-models=reference")

    counts = result.parseoutcomes()
    assert counts.keys() == {"passed"}
    assert counts["passed"] >= 24
    assert {record["language"] for record in runs.records} == {"python", "javascript"}
    assert all(record["passed"] for record in runs.records)
    result.stdout.fnmatch_lines(
        ["*llm leaderboard*", "reference*javascript*1.000*", "reference*python*1.000*"]
    )
    assert result.ret == 0


def test_a_suite_alone_is_run_without_the_tests_of_the_folder(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_other="def test_other(): pass")

    result = pytester.runpytest(
        "--llm-suite=core", "--llm-models=reference", "--llm-limit=1", "--collect-only", "-q"
    )

    assert result.outlines[0].startswith("core::test_core[core/")
    result.stdout.no_fnmatch_line("*test_other*")


def test_a_named_file_is_run_beside_the_suite(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_other="def test_other(): pass")

    result = pytester.runpytest(
        "test_other.py", "--llm-suite=core", "--llm-models=reference", "--llm-limit=2"
    )

    result.assert_outcomes(passed=3)


def test_an_item_of_a_suite_can_be_run_by_its_id(pytester: pytest.Pytester) -> None:
    options = ["--llm-suite=core", "--llm-models=reference"]
    listed = pytester.runpytest(*options, "--collect-only", "-q")
    node_id = listed.outlines[3]

    result = pytester.runpytest(*options, node_id, "-v")

    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines([f"{node_id.replace('[', '[[]')} PASSED*"])


def test_a_data_file_is_collected_like_a_test_file(
    pytester: pytest.Pytester, add_file: Path, runs: RunsOnDisk
) -> None:
    result = pytester.runpytest("--llm-models=reference,mutant", "-v")

    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        [
            "mine.llmbench.yaml::test_mine[[]mine/add-python-reference[]] PASSED*",
            "mine.llmbench.yaml::test_mine[[]mine/add-python-mutant[]] FAILED*",
        ]
    )
    assert {record["task_id"] for record in runs.records} == {"mine/add"}
    assert result.ret == 1


def test_selection_works_as_for_any_test(pytester: pytest.Pytester, add_file: Path) -> None:
    two = ["--llm-models=reference,mutant"]

    pytester.runpytest(*two, "-k", "mine/add and reference").assert_outcomes(passed=1, deselected=1)
    pytester.runpytest(*two, "-m", "llm(model='mutant')").assert_outcomes(failed=1, deselected=1)
    pytester.runpytest(*two, "-m", "llm(language='rust')").assert_outcomes(deselected=2)


def test_last_failed_items_run_again_alone(pytester: pytest.Pytester, add_file: Path) -> None:
    pytester.makepyfile(test_other="def test_fails(): assert False\ndef test_passes(): pass")
    options = ["--llm-models=reference,mutant", "--llm-suite=core", "--llm-limit=2", "."]
    pytester.runpytest(*options)

    result = pytester.runpytest(*options, "--lf")

    result.assert_outcomes(failed=4)  # a plain test, mine/add and two of core with the mutant


def test_the_session_stops_at_the_first_failure(pytester: pytest.Pytester, add_file: Path) -> None:
    result = pytester.runpytest("--llm-models=mutant,reference", "-x")

    result.assert_outcomes(failed=1)


def test_without_a_model_the_items_say_how_to_choose_one(
    pytester: pytest.Pytester, add_file: Path
) -> None:
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.llm(prompt="Write f.")
        def test_f(solution):
            assert solution.f() == 1
        """
    )

    result = pytester.runpytest("-rs")

    result.assert_outcomes(skipped=2)
    result.stdout.fnmatch_lines(["*no model chosen: give --llm-models=models.yaml*"])
    assert not (pytester.path / ".llmbench").exists()


def test_collecting_only_asks_nothing_and_writes_nothing(
    pytester: pytest.Pytester, add_file: Path
) -> None:
    result = pytester.runpytest("--llm-models=reference", "--collect-only")

    assert result.ret == 0
    assert not (pytester.path / ".llmbench").exists()


def test_a_wrong_data_file_is_one_line_with_its_place(pytester: pytest.Pytester) -> None:
    (pytester.path / "bad.llmbench.yaml").write_text(ADD.replace("prompt:", "promt:"))

    result = pytester.runpytest("--llm-models=reference")

    result.stdout.fnmatch_lines(["*bad.llmbench.yaml:5: unknown key 'promt'; did you mean*"])
    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.stdout.no_fnmatch_line("*Traceback*")


def test_an_unknown_suite_is_a_usage_error(pytester: pytest.Pytester) -> None:
    result = pytester.runpytest("--llm-suite=humanevil", "--llm-models=reference")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*unknown suite 'humanevil'; did you mean 'humaneval'?*"])


def test_a_language_that_is_missing_is_skipped_with_what_to_install(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pytest_llmbench.languages import Language

    monkeypatch.setattr(Language, "missing", lambda self: f"{self.name} needs nodejs")

    result = pytester.runpytest("--llm-suite=core", "--llm-models=reference", "-rs")

    assert result.parseoutcomes().keys() == {"skipped"}
    result.stdout.fnmatch_lines(["*javascript needs nodejs*"])


def test_a_limit_takes_the_first_problems(pytester: pytest.Pytester) -> None:
    result = pytester.runpytest("--llm-suite=core", "--llm-models=reference", "--llm-limit=3")

    result.assert_outcomes(passed=3)


def test_several_samples_are_in_one_item(
    pytester: pytest.Pytester, add_file: Path, answers: Answers, runs: RunsOnDisk
) -> None:
    spec = answers(RIGHT, WRONG, RIGHT)

    result = pytester.runpytest(spec, "--llm-samples=3")

    result.assert_outcomes(passed=1)
    assert [True, False, True] == [
        record["passed"] for record in sorted(runs.records, key=lambda r: r["sample"])
    ]


@pytest.mark.parametrize(
    ("rule", "passes"), [("any", True), ("all", False), ("majority", True), ("rate:0.7", False)]
)
def test_the_pass_rule_decides_an_item(
    pytester: pytest.Pytester, add_file: Path, answers: Answers, rule: str, passes: bool
) -> None:
    spec = answers(RIGHT, WRONG, RIGHT)

    result = pytester.runpytest(spec, "--llm-samples=3", f"--llm-pass-rule={rule}")

    result.assert_outcomes(passed=int(passes), failed=int(not passes))


def test_a_failure_shows_prompt_reply_and_evidence(
    pytester: pytest.Pytester, add_file: Path, answers: Answers
) -> None:
    result = pytester.runpytest(answers(WRONG))

    result.stdout.fnmatch_lines(
        [
            "wrong_answer: add(2, 3) returned 6, expected 5",
            "*llm prompt*",
            "*| Return the sum of two integers.*",
            "*llm reply*",
            "*|     return a [*] b*",
        ]
    )


def test_shown_answers_cannot_drive_a_terminal_or_a_ci_system(
    pytester: pytest.Pytester, add_file: Path, answers: Answers
) -> None:
    hostile = "\x1b]0;owned\x07\n::error::owned\n\u202e\x9b31m"
    result = pytester.runpytest(
        answers({"task_id": "mine/add", "completion": hostile}), "--junitxml=j.xml"
    )

    shown = result.stdout.str() + (pytester.path / "j.xml").read_text()
    assert not set(shown) & set("\x1b\x07\x9b\u202e")
    assert not [line for line in shown.splitlines() if line.strip().startswith("::error")]


def test_junit_carries_the_facts(pytester: pytest.Pytester, add_file: Path) -> None:
    pytester.runpytest("--llm-models=reference", "--junitxml=j.xml")

    xml = (pytester.path / "j.xml").read_text()
    for name, value in {
        "llm.model": "reference",
        "llm.task_id": "mine/add",
        "llm.language": "python",
        "llm.samples": "1",
        "llm.passed": "1",
        "llm.outcomes": "passed",
    }.items():
        assert f'<property name="{name}" value="{value}"' in xml


def test_the_items_are_the_same_without_the_terminal_and_without_xdist(
    pytester: pytest.Pytester, add_file: Path
) -> None:
    for option in ("no:terminal", "no:xdist", "no:cacheprovider"):
        result = pytester.runpytest_subprocess("--llm-models=reference", "-p", option)

        assert result.ret == 0, result.stderr.str()


def test_results_stay_here_when_a_data_folder_is_a_word_of_its_own(
    pytester: pytest.Pytester, runs: RunsOnDisk, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """pytest takes the folder for the place of the tests, and puts its root there."""
    elsewhere = tmp_path_factory.mktemp("data")

    result = pytester.runpytest(
        "--llm-suite=core", "--llm-models=reference", "--llm-limit=1", "--llm-data", str(elsewhere)
    )

    result.assert_outcomes(passed=1)
    assert len(runs.paths) == 1
    assert list(elsewhere.iterdir()) == []
