"""A problem of a task file on its way into the languages that it is offered in."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from pytest_llmbench.languages import find_language, language_names
from pytest_llmbench.located_yaml import Located, LocatedError
from pytest_llmbench.signature import Signature, parse_signature
from pytest_llmbench.suites.fields import each, language
from pytest_llmbench.suites.prompts import write_function
from pytest_llmbench.vocabulary import Judging

__all__ = [
    "Offer",
    "Task",
    "Version",
    "function_prompt",
    "has_programs",
    "named_languages",
    "read_entry_point",
    "read_signature",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """What a problem is in one language."""

    language: str
    prompt: str
    judging: Judging
    entry_point: str | None = None
    references: tuple[str, ...] = ()
    """Right answers that it has besides those that are given as such."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A problem in all its languages."""

    versions: Sequence[Version]
    languages: Collection[str]
    """Those that it may have answers in, installed here or not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A problem as it is written down."""

    item: Located
    id: str
    prompt: str
    named: Located | None
    """The languages, of the problem itself or of the file's defaults."""
    installed: Callable[[str], bool]

    @property
    def own(self) -> Mapping[str, Located]:
        return self.item.mapping()

    @property
    def names_languages(self) -> bool:
        """Whether the problem itself does, and not the file for all of its problems."""
        return "languages" in self.own


def function_prompt(task: Task, signature: Signature | None, name: str) -> str:
    if signature is None:
        return task.prompt
    return write_function(task.prompt, signature, find_language(name))


def read_entry_point(item: Located) -> str:
    name = item.text()
    if not name.isidentifier():
        raise item.mistake(f"entry_point {name!r} is not a function's name")
    return name


def read_signature(item: Located) -> Signature:
    try:
        return parse_signature(item.text())
    except LocatedError:
        raise
    except ValueError as error:
        raise item.mistake(f"signature: {error}") from None


def named_languages(given: Located) -> tuple[str, ...]:
    names = [language(item, item.text(), language_names()) for item in each(given)]
    if not names:
        raise given.mistake("languages: the list is empty; leave the key out for all")
    return tuple(dict.fromkeys(names))


def has_programs(name: str) -> bool:
    return find_language(name).program is not None
