"""Languages are found by any of their names, and say what they lack."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path

import pytest

from pytest_llmbench.errors import ConfigError
from pytest_llmbench.grading.languages import LANGUAGES, find_language


@pytest.mark.parametrize("name", ["python", "py", "Python", "python3"])
def test_python_has_aliases(name: str) -> None:
    assert find_language(name) is LANGUAGES["python"]


@pytest.mark.parametrize("name", ["javascript", "js", "node", "JS"])
def test_javascript_has_aliases(name: str) -> None:
    assert find_language(name) is LANGUAGES["javascript"]


def test_an_unknown_language_names_the_known_ones() -> None:
    with pytest.raises(ConfigError, match="unknown language 'cobol'; known: python, javascript"):
        find_language("cobol")


def test_python_is_the_interpreter_itself_and_no_shim() -> None:
    toolchain = LANGUAGES["python"].toolchain()

    assert toolchain is not None
    assert toolchain.executable.read_bytes()[:4] == b"\x7fELF"
    assert ".".join(map(str, sys.version_info[:3])) == LANGUAGES["python"].version()


def test_a_missing_language_says_what_to_install() -> None:
    language = dataclasses.replace(LANGUAGES["javascript"], find=lambda: None)

    assert language.missing() == "javascript needs node: install nodejs (18 or newer)"
    assert language.version() is None


def test_every_worker_is_in_the_package() -> None:
    folder = Path(sys.modules[find_language.__module__].__file__ or "").parent / "workers"

    for language in LANGUAGES.values():
        assert (folder / language.worker.removesuffix("c")).exists() or (
            folder / language.worker
        ).exists()
