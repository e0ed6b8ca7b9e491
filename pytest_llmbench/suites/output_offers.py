"""Problems with `io`: a whole program is run, and what it prints is compared."""

from __future__ import annotations

from collections.abc import Collection

from pytest_llmbench.languages import find_language, language_names
from pytest_llmbench.located_yaml import Located
from pytest_llmbench.suites.fields import language, needed, some_text
from pytest_llmbench.suites.offers import Offer, Task, Version, has_programs, named_languages
from pytest_llmbench.suites.prompts import write_program
from pytest_llmbench.vocabulary import ByOutput, Checker, Comparison, IOCase

__all__ = ["offer_by_output"]


def offer_by_output(task: Task) -> Offer:
    if task.named is None:
        offered: Collection[str] = language_names()
        languages = tuple(
            name for name in language_names() if task.installed(name) and has_programs(name)
        )
    else:
        offered = languages = named_languages(task.named)
        for name in languages:
            if not has_programs(name):
                what = f"whole programs in {find_language(name).title} cannot be run"
                raise task.named.mistake(f"languages: {what}")
    judging = _output_judging(task)
    versions = [
        Version(
            language=name,
            prompt=write_program(task.prompt, find_language(name)),
            judging=judging,
        )
        for name in languages
    ]
    return Offer(versions=versions, languages=offered)


def _output_judging(task: Task) -> ByOutput:
    cases = tuple(_io_case(item) for item in task.own["io"].items())
    if not cases:
        raise task.own["io"].mistake("io: the list is empty; expected {stdin: ..., stdout: ...}")
    checker = _output_checker(task.own.get("checker"))
    comparison = _comparison(task.own.get("comparison"))
    for key in ("comparison", "tolerance"):
        if checker is not None and key in task.own:
            raise task.own[key].mistake(f"{key}: the checker decides; drop one of the two")
    tolerance = task.own.get("tolerance")
    if tolerance is None:
        return ByOutput(cases=cases, comparison=comparison, checker=checker)
    if comparison is not Comparison.FLOATS:
        raise tolerance.mistake("tolerance: it is for 'comparison: floats'")
    return ByOutput(
        cases=cases, comparison=comparison, tolerance=tolerance.number(minimum=0), checker=checker
    )


def _io_case(item: Located) -> IOCase:
    item.only(("stdin", "stdout"))
    given = item.mapping()
    stdin = given["stdin"].text() if "stdin" in given else ""
    return IOCase(stdin=stdin, stdout=needed(item, "stdout").text())


def _comparison(given: Located | None) -> Comparison:
    if given is None:
        return Comparison.TOKENS
    known = [comparison.value for comparison in Comparison]
    if given.text() not in known:
        raise given.mistake(f"comparison: {given.text()!r} is none of {', '.join(known)}")
    return Comparison(given.text())


def _output_checker(given: Located | None) -> Checker | None:
    if given is None:
        return None
    given.only(("language", "code"))
    named = needed(given, "language")
    name = language(named, named.text(), language_names())
    if not has_programs(name):
        raise named.mistake(
            f"language: whole programs in {find_language(name).title} cannot be run"
        )
    return Checker(language=name, code=some_text(needed(given, "code")))
