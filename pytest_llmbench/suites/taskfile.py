"""Suites of one's own: the `*.llmbench.yaml` file.

Problems are written once and offered in every language that they name. Every
mistake is one line that starts with `path:line:`.
"""

from __future__ import annotations

import difflib
import hashlib
import math
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from pytest_llmbench.errors import SuiteError
from pytest_llmbench.languages import (
    cannot,
    cannot_call,
    cannot_hold,
    find_language,
    is_known,
    language_names,
)
from pytest_llmbench.located_yaml import Located, LocatedError, load_located
from pytest_llmbench.signature import Signature, parse_signature
from pytest_llmbench.suites.cases import read_cases
from pytest_llmbench.suites.prompts import write_function
from pytest_llmbench.vocabulary import ByValue, Case, Limits, Problem, Suite

__all__ = ["load_task_file"]

_SUFFIXES = (".llmbench.yaml", ".llmbench.yml")
_DEFAULTS = ("languages", "difficulty", "tags", "limits")
_PROBLEM_KEYS = (
    *("id", "prompt", "signature", "entry_point", "released", "cases", "reference", "mutants"),
    *_DEFAULTS,
)
_ID = re.compile(r"[A-Za-z0-9_.\-/+]+")
_SUITE_NAME = re.compile(r"[A-Za-z0-9_.\-+]+")


def load_task_file(path: Path, installed: Callable[[str], bool]) -> Suite:
    """Read a task file; raise SuiteError for any mistake in it.

    `installed` says whether the judge can run a language here: a problem that names
    no languages is offered in those of them that can have its signature and its cases. A
    language that a problem does name is offered in any case, so that what is missing is
    seen; one that cannot have the problem is a mistake.
    """
    try:
        return _suite(path, installed)
    except LocatedError as error:
        raise SuiteError(str(error)) from None


def _suite(path: Path, installed: Callable[[str], bool]) -> Suite:
    document = load_located(path)
    document.only(("suite", "defaults", "problems"))
    top = document.mapping()
    reader = _Reader(
        suite=_suite_name(path, document),
        defaults=_defaults(top.get("defaults")),
        installed=installed,
    )
    if "problems" not in top:
        raise document.mistake("'problems' is missing; expected a list of problems")
    items = top["problems"].items()
    if not items:
        raise top["problems"].mistake("problems: the list is empty; expected at least one problem")
    lines: dict[str, int] = {}
    problems: list[Problem] = []
    for item in items:
        task, offered = reader.read(item)
        if task in lines:
            raise item.mapping()["id"].mistake(
                f"id {task!r} is given twice (first on line {lines[task]}); ids must differ"
            )
        lines[task] = item.mapping()["id"].line
        problems += offered
    return Suite(
        name=reader.suite,
        problems=tuple(problems),
        source=str(path),
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
    )


def _suite_name(path: Path, document: Located) -> str:
    given = document.mapping().get("suite")
    if given is not None:
        return _word(given, _SUITE_NAME, "letters, digits and _ . - +")
    stem = next((path.name.removesuffix(end) for end in _SUFFIXES if path.name.endswith(end)), "")
    name = stem or path.stem
    if not _SUITE_NAME.fullmatch(name):
        raise document.mistake(
            f"the file name does not make a suite name ({name!r}): add 'suite: NAME',"
            " made of letters, digits and _ . - +"
        )
    return name


def _defaults(given: Located | None) -> dict[str, Located]:
    if given is None:
        return {}
    given.only(_DEFAULTS)
    return given.mapping()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reader:
    """What holds for every problem of one file."""

    suite: str
    defaults: dict[str, Located]
    installed: Callable[[str], bool]

    def read(self, item: Located) -> tuple[str, list[Problem]]:
        """Give the problem's id and the problem in each language."""
        item.only(_PROBLEM_KEYS)
        own = item.mapping()
        keys = {**self.defaults, **own}
        task = _word(_needed(item, "id"), _ID, "letters, digits and _ . - / +")
        prompt = _some_text(_needed(item, "prompt"))
        entry_point, signature = _interface(item, task)
        cases = read_cases(item, task, signature)
        if "languages" in keys:
            offered = languages = _named_languages(keys["languages"])
            _check_named(item, signature, cases, languages)
        else:
            # Languages that are merely not installed here may still have a reference.
            offered = language_names()
            languages = self._fitting(signature, cases)
        references = _programs(own.get("reference"), offered)
        mutants = _programs(own.get("mutants"), offered)
        problems = [
            Problem(
                suite=self.suite,
                id=f"{self.suite}/{task}-{language}",
                task_id=f"{self.suite}/{task}",
                language=language,
                prompt=(
                    prompt
                    if signature is None
                    else write_function(prompt, signature, find_language(language))
                ),
                judging=ByValue(entry_point=entry_point, cases=cases, signature=signature),
                entry_point=entry_point,
                references=references.get(language, ()),
                mutants=mutants.get(language, ()),
                difficulty=_some_text(keys["difficulty"]) if "difficulty" in keys else None,
                tags=tuple(_some_text(tag) for tag in _each(keys.get("tags"))),
                released=_released(own.get("released")),
                limits=_limits(self.defaults.get("limits"), own.get("limits")),
            )
            for language in languages
        ]
        return task, problems

    def _fitting(self, signature: Signature | None, cases: tuple[Case, ...]) -> tuple[str, ...]:
        """Give the languages of this machine that can have a problem."""
        return tuple(
            name
            for name in language_names()
            if self.installed(name) and cannot(find_language(name), signature, cases) is None
        )


def _named_languages(given: Located) -> tuple[str, ...]:
    names = [_language(item, item.text(), language_names()) for item in _each(given)]
    if not names:
        raise given.mistake("languages: the list is empty; leave the key out for all")
    return tuple(dict.fromkeys(names))


def _needed(item: Located, key: str) -> Located:
    found = item.mapping().get(key)
    if found is None:
        raise item.mistake(f"{item.label}: {key!r} is missing")
    return found


def _each(given: Located | None) -> list[Located]:
    """Give the items of a list; a single value counts as a list of one."""
    if given is None:
        return []
    return [given] if isinstance(given.value, str) else given.items()


def _some_text(item: Located) -> str:
    text = item.text()
    if not text.strip():
        raise item.mistake(f"{item.label} is empty; expected text")
    return text


def _word(item: Located, allowed: re.Pattern[str], expected: str) -> str:
    word = item.text()
    if not allowed.fullmatch(word):
        raise item.mistake(f"{item.label} {word!r} must be made of {expected}")
    return word


def _interface(item: Located, task: str) -> tuple[str, Signature | None]:
    """Give the function's name, and its signature where the problem has one."""
    own = item.mapping()
    if ("signature" in own) == ("entry_point" in own):
        raise item.mistake(
            f"problem {task!r}: expected one of 'signature' (like 'add(a: int, b: int) -> int',"
            " shown to the model) and 'entry_point' (a function that the prompt names)"
        )
    if "entry_point" in own:
        name = own["entry_point"].text()
        if not name.isidentifier():
            raise own["entry_point"].mistake(f"entry_point {name!r} is not a function's name")
        return name, None
    try:
        signature = parse_signature(own["signature"].text())
    except ValueError as error:
        if isinstance(error, LocatedError):
            raise
        raise own["signature"].mistake(f"signature: {error}") from None
    return signature.name, signature


def _check_named(
    item: Located, signature: Signature | None, cases: tuple[Case, ...], languages: tuple[str, ...]
) -> None:
    """Refuse languages that were named, and that cannot have the problem."""
    own = item.mapping()
    for name in languages:
        language = find_language(name)
        if why := cannot_call(language, signature):
            if signature is None:
                raise own["entry_point"].mistake(f"entry_point: {why}")
            raise own["signature"].mistake(f"signature: {why}")
        for place, case in zip(own["cases"].items(), cases, strict=True):
            if why := cannot_hold(language, case):
                raise place.mistake(f"{place.label}: {why}")


def _language(place: Located, name: str, offered: Collection[str]) -> str:
    if name in offered:
        return name
    if is_known(name):
        raise place.mistake(
            f"{name!r} is none of this problem's languages ({', '.join(offered)});"
            " add it there, or remove this"
        )
    near = difflib.get_close_matches(name, language_names(), n=1)
    hint = (
        f"did you mean {near[0]!r}?" if near else f"known languages: {', '.join(language_names())}"
    )
    raise place.mistake(f"unknown language {name!r}; {hint}")


def _programs(given: Located | None, offered: Collection[str]) -> dict[str, tuple[str, ...]]:
    """Read `language: code` or `language: [code, ...]`."""
    if given is None:
        return {}
    return {
        _language(code, language, offered): tuple(_some_text(item) for item in _each(code))
        for language, code in given.mapping().items()
    }


def _released(given: Located | None) -> str | None:
    if given is None:
        return None
    if isinstance(given.value, date):  # what an unquoted date is to YAML
        day = given.value.date() if isinstance(given.value, datetime) else given.value
        return day.isoformat()
    try:
        return date.fromisoformat(given.text()).isoformat()
    except LocatedError:
        raise
    except ValueError:
        raise given.mistake(f"released {given.value!r} is not a date like 2026-01-31") from None


def _limits(*given: Located | None) -> Limits:
    """Read limits, the later ones over the earlier ones, key by key."""
    values: dict[str, float] = {}
    for limits in given:
        if limits is None:
            continue
        limits.only(("time_s", "memory_mb", "output_kb"))
        for key, item in limits.mapping().items():
            values[key] = item.number()
            if not 0 < values[key] < math.inf:
                raise item.mistake(f"{key} must be more than 0, not {item.value}")
    standard = Limits()
    return Limits(
        time_s=values.get("time_s", standard.time_s),
        memory_bytes=int(values.get("memory_mb", standard.memory_bytes / 2**20) * 2**20),
        output_bytes=int(values.get("output_kb", standard.output_bytes / 2**10) * 2**10),
    )
