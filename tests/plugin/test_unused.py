"""Installed but unused: nothing is loaded, written or started."""

from __future__ import annotations

import pytest

from pytest_llmbench.plugin.options import OPTIONS

FOREIGN = """
import sys, threading

def test_nothing_of_ours_is_loaded():
    loaded = {name for name in sys.modules if name.startswith("pytest_llmbench")}
    assert loaded <= {
        "pytest_llmbench",
        "pytest_llmbench.plugin",
        "pytest_llmbench.plugin.hooks",
        "pytest_llmbench.plugin.hookspecs",
        "pytest_llmbench.plugin.options",
        "pytest_llmbench.plugin.fixtures",
        "pytest_llmbench.plugin.keys",
        "pytest_llmbench.plugin.ownership",
    }
    assert not {"httpx", "yaml", "tabulate", "asyncio"} & set(sys.modules)
    assert threading.active_count() == 1
"""


def test_a_foreign_suite_sees_nothing_of_us(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_foreign=FOREIGN)

    result = pytester.runpytest_subprocess(
        "-p", "no:xdist", "-p", "no:anyio", "-p", "no:cacheprovider"
    )

    result.assert_outcomes(passed=1)
    of_pytester = {"__pycache__", "runpytest-0", "runpytest-current", "stdout", "stderr"}
    written = {path.name for path in pytester.path.iterdir()} - of_pytester
    assert written == {"test_foreign.py"}
    result.stdout.no_fnmatch_line("*llm:*")
    result.stdout.no_fnmatch_line("*leaderboard*")


def test_fixtures_and_marks_of_the_same_name_are_left_alone(pytester: pytest.Pytester) -> None:
    """Other suites have an `llm` too."""
    pytester.makepyfile(
        """
        import pytest

        @pytest.fixture
        def llm():
            return 1

        @pytest.fixture
        def solution(llm):
            return 2

        def test_a(llm, solution):
            assert (llm, solution) == (1, 2)

        @pytest.mark.llm("gpt-4", anything=3)
        def test_b(llm):
            pass
        """
    )

    pytester.runpytest("--llm-models=reference").assert_outcomes(passed=2)


def test_the_plugin_can_be_turned_off(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_x(): pass")

    result = pytester.runpytest_subprocess("-p", "no:llmbench")

    result.assert_outcomes(passed=1)


def test_the_help_names_every_option(pytester: pytest.Pytester) -> None:
    text = pytester.runpytest("--help").stdout.str()

    for option in OPTIONS:
        assert option.flag in text
        assert option.ini in text


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.name)
def test_every_option_is_documented(option: object) -> None:
    from pathlib import Path

    text = (Path(__file__).resolve().parents[2] / "docs" / "options.md").read_text()
    for name in ("flag", "ini", "variable"):
        assert f"`{getattr(option, name)}" in text
