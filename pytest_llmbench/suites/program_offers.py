"""Problems with `tests`: test code in each language, run in the answer's own process."""

from __future__ import annotations

from collections.abc import Mapping

from pytest_llmbench.languages import find_language, language_names
from pytest_llmbench.signature import Signature
from pytest_llmbench.suites.fields import language, programs, some_text
from pytest_llmbench.suites.offers import (
    Offer,
    Task,
    Version,
    function_prompt,
    named_languages,
    read_entry_point,
    read_signature,
)
from pytest_llmbench.vocabulary import ByProgram

__all__ = ["offer_by_program"]


def offer_by_program(task: Task) -> Offer:
    written = {
        language(code, name, language_names()): some_text(code)
        for name, code in task.own["tests"].mapping().items()
    }
    if not written:
        raise task.own["tests"].mistake("tests: expected 'language: test code'")
    languages = _tested_languages(task, written)
    signature = read_signature(task.own["signature"]) if "signature" in task.own else None
    entry_point = signature.name if signature else None
    if "entry_point" in task.own:
        if signature is not None:
            what = "expected one of 'signature' and 'entry_point', or neither"
            raise task.own["entry_point"].mistake(what)
        entry_point = read_entry_point(task.own["entry_point"])
    blinds = task.own["blinds"].integer(minimum=0) if "blinds" in task.own else 2
    preludes = programs(task.own.get("prelude"), languages)
    versions = [
        Version(
            language=name,
            prompt=_tested_prompt(task, signature, name),
            judging=ByProgram(
                tests=written[name],
                runner=_runner(task, name),
                prelude="\n".join(preludes.get(name, ())),
                blinds=blinds,
            ),
            entry_point=entry_point,
        )
        for name in languages
    ]
    return Offer(versions=versions, languages=languages)


def _tested_languages(task: Task, written: Mapping[str, str]) -> tuple[str, ...]:
    if task.named is None:
        return tuple(written)
    named = named_languages(task.named)
    lacking = [name for name in named if name not in written]
    if lacking and task.names_languages:
        raise task.named.mistake(f"languages: there are no tests in {', '.join(lacking)}")
    return tuple(name for name in named if name in written)


def _tested_prompt(task: Task, signature: Signature | None, name: str) -> str:
    try:
        return function_prompt(task, signature, name)
    except ValueError as error:
        title = find_language(name).title
        raise task.own["signature"].mistake(f"signature: {title}: {error}") from None


def _runner(task: Task, name: str) -> str:
    """Give the runner of one language; `runner` names one for all, or one for each."""
    given = task.own.get("runner")
    place, runner = task.own["tests"], "program"
    if given is not None and isinstance(given.value, dict):
        for key, item in given.mapping().items():
            if language(item, key, language_names()) == name:
                place, runner = item, item.text()
    elif given is not None:
        place, runner = given, given.text()
    known = find_language(name)
    if runner not in known.runners:
        runners = ", ".join(known.runners) or "none"
        raise place.mistake(f"{known.title} has no runner {runner!r} for tests; known: {runners}")
    return runner
