"""Suites by their names."""

from __future__ import annotations

import pytest

from pytest_llmbench.errors import SuiteError
from pytest_llmbench.suites import installed_suites, load_suite


def test_the_installed_suites() -> None:
    assert ("core", "humaneval") == installed_suites()


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "humanevil",
            "unknown suite 'humanevil'; did you mean 'humaneval'?"
            " installed suites: core, humaneval",
        ),
        ("x", "unknown suite 'x'; installed suites: core, humaneval"),
    ],
)
def test_an_unknown_suite_is_a_mistake(name: str, message: str) -> None:
    with pytest.raises(SuiteError) as caught:
        load_suite(name, None, print)

    assert message == str(caught.value)
