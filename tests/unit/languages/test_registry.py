"""Languages are found by any of their names, and say what they lack."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pytest_llmbench import grading
from pytest_llmbench.errors import ConfigError
from pytest_llmbench.languages import add_language, find_language, language_names
from pytest_llmbench.languages.registry import _ADDED, _BUILT_IN, remove_language


@pytest.fixture
def registry() -> Iterator[None]:
    yield
    _ADDED.clear()


@pytest.mark.parametrize("name", ["python", "py", "Python", "python3"])
def test_python_has_aliases(name: str) -> None:
    assert "python" == find_language(name).name


@pytest.mark.parametrize("name", ["javascript", "js", "node", "JS"])
def test_javascript_has_aliases(name: str) -> None:
    assert "javascript" == find_language(name).name


def test_an_unknown_language_names_the_known_ones() -> None:
    with pytest.raises(ConfigError, match="unknown language 'cobol'; known: python, javascript"):
        find_language("cobol")


@pytest.mark.parametrize("name", _BUILT_IN)
def test_the_registry_agrees_with_the_definitions(name: str) -> None:
    language = find_language(name)

    assert name == language.name
    assert _BUILT_IN[name] == language.aliases
    assert language is find_language(name), "one object, so that caches by language work"


def test_no_two_languages_share_a_name() -> None:
    names = [word for name, aliases in _BUILT_IN.items() for word in (name, *aliases)]

    assert len(set(names)) == len(names)


def test_python_is_the_interpreter_itself_and_no_shim() -> None:
    toolchain = find_language("python").toolchain()

    assert toolchain is not None
    assert b"\x7fELF" == toolchain.executable.read_bytes()[:4]
    expected = ".".join(map(str, sys.version_info[:3]))
    assert expected == find_language("python").installed_version()


def test_a_missing_language_says_what_to_install() -> None:
    language = dataclasses.replace(find_language("javascript"), find=lambda: None)

    assert "javascript needs node: install nodejs (18 or newer)" == language.missing()
    assert language.installed_version() is None


def test_every_worker_is_in_the_package() -> None:
    folder = Path(grading.__file__).parent / "workers"

    for name in language_names():
        worker = find_language(name).worker
        assert (
            worker is None
            or (folder / worker).exists()
            or (folder / worker.removesuffix("c")).exists()
        )


@pytest.mark.usefixtures("registry")
def test_a_language_can_be_added_and_found_by_its_alias() -> None:
    added = dataclasses.replace(find_language("ruby"), name="crystal", aliases=("cr",))
    add_language(added)

    assert added is find_language("cr")
    assert "crystal" == language_names()[-1]


@pytest.mark.usefixtures("registry")
def test_a_language_that_nothing_can_judge_is_refused() -> None:
    empty = dataclasses.replace(find_language("ruby"), driver=None, program=None, runners={})

    with pytest.raises(ConfigError, match="'ruby': give it a driver, a program or runners"):
        add_language(empty)


@pytest.mark.usefixtures("registry")
@pytest.mark.parametrize(
    ("name", "aliases", "why"),
    [
        ("py", (), "'py' is already a name of 'python'"),
        ("crystal", ("rb",), "'rb' is already a name of 'ruby'"),
        ("Crystal", (), "'Crystal' cannot be its name; expected small letters"),
        ("crystal", ("",), "'' cannot be its name"),
        ("text", (), "'text' cannot be its name"),
    ],
)
def test_a_name_that_is_not_free_is_refused(name: str, aliases: tuple[str, ...], why: str) -> None:
    language = dataclasses.replace(find_language("ruby"), name=name, aliases=aliases)

    with pytest.raises(ConfigError, match=why):
        add_language(language)


@pytest.mark.usefixtures("registry")
def test_a_language_that_is_replaced_is_replaced_under_all_its_names_until_it_is_back() -> None:
    built_in = find_language("ruby")
    added = dataclasses.replace(built_in, title="Own Ruby", aliases=())
    add_language(added)

    assert added is find_language("ruby") is find_language("rb")
    remove_language("ruby")
    assert built_in is find_language("ruby") is find_language("rb")
