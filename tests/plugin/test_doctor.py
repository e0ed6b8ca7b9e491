"""`--llm-doctor` fits on a screen, and names what is missing."""

from __future__ import annotations

import pytest

from pytest_llmbench.plugin.doctor import Finding, report


def test_what_is_used_and_what_is_missing_is_told() -> None:
    text = report(
        [Finding(name="bubblewrap", remedy="no: bwrap is not installed"),
         Finding(name="landlock", version="landlock+seccomp")],
        [Finding(name="python", version="3.13.1"), Finding(name="zig", remedy="install zig")],
        [Finding(name="sqlite", version="3.40")],
    )  # fmt: skip

    assert [
        "Isolation",
        "  bubblewrap  no: bwrap is not installed",
        "  landlock    landlock+seccomp <- used",
        "Languages",
        "  python 3.13.1",
        "SQL",
        "  sqlite 3.40",
        "To install",
        "  zig: install zig",
    ] == text.splitlines()


def test_a_machine_that_isolates_nothing_says_so_first() -> None:
    text = report([Finding(name="bubblewrap", remedy="no")], [], [])

    assert text.startswith("Isolation: NONE; only --llm-sandbox=none runs answers")


def test_the_option_prints_one_screen_and_runs_nothing(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_never(): raise SystemExit('was run')")

    result = pytester.runpytest_subprocess("--llm-doctor")

    assert pytest.ExitCode.OK == result.ret
    result.stdout.fnmatch_lines(["Isolation*", "Languages", "*python 3*", "SQL", "*sqlite*"])
    assert len(result.outlines) <= 40
