"""Suites of one's own: the `*.llmbench.yaml` file.

Problems are written once and offered in every language that they name. Every
mistake is one line that starts with `path:line:`.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from pytest_llmbench.errors import SuiteError
from pytest_llmbench.located_yaml import Located, LocatedError, load_located
from pytest_llmbench.suites.fields import each, needed, programs, some_text, word
from pytest_llmbench.suites.kinds import KEYS, read_offer
from pytest_llmbench.vocabulary import Limits, Problem, Suite

__all__ = ["load_task_file"]

_SUFFIXES = (".llmbench.yaml", ".llmbench.yml")
_DEFAULTS = ("languages", "difficulty", "tags", "limits")
_PROBLEM_KEYS = ("id", "prompt", "released", "reference", "mutants", *KEYS, *_DEFAULTS)
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
        return word(given, _SUITE_NAME, "letters, digits and _ . - +")
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
        task = word(needed(item, "id"), _ID, "letters, digits and _ . - / +")
        prompt = some_text(needed(item, "prompt"))
        offer = read_offer(item, task, prompt, keys.get("languages"), self.installed)
        references = programs(own.get("reference"), offer.languages)
        mutants = programs(own.get("mutants"), offer.languages)
        problems = [
            Problem(
                suite=self.suite,
                id=f"{self.suite}/{task}-{version.language}",
                task_id=f"{self.suite}/{task}",
                language=version.language,
                prompt=version.prompt,
                judging=version.judging,
                entry_point=version.entry_point,
                references=references.get(version.language, version.references),
                mutants=mutants.get(version.language, ()),
                difficulty=some_text(keys["difficulty"]) if "difficulty" in keys else None,
                tags=tuple(some_text(tag) for tag in each(keys.get("tags"))),
                released=_released(own.get("released")),
                limits=_limits(self.defaults.get("limits"), own.get("limits")),
            )
            for version in offer.versions
        ]
        return task, problems


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
        limits.only(("time_s", "build_s", "memory_mb", "output_kb"))
        for key, item in limits.mapping().items():
            values[key] = item.number()
            if not 0 < values[key] < math.inf:
                raise item.mistake(f"{key} must be more than 0, not {item.value}")
    standard = Limits()
    return Limits(
        time_s=values.get("time_s", standard.time_s),
        build_s=values.get("build_s", standard.build_s),
        memory_bytes=int(values.get("memory_mb", standard.memory_bytes / 2**20) * 2**20),
        output_bytes=int(values.get("output_kb", standard.output_bytes / 2**10) * 2**10),
    )
