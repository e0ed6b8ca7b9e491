"""Problems with a `setup`: SQL, by the rows of a query or by what became of the data."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from pytest_llmbench.languages.dialects import DIALECTS, find_dialect
from pytest_llmbench.located_yaml import Located
from pytest_llmbench.suites.fields import each, language, some_text, truth
from pytest_llmbench.suites.offers import Offer, Task, Version
from pytest_llmbench.suites.prompts import write_query
from pytest_llmbench.vocabulary import BySql

__all__ = ["offer_sql"]


def offer_sql(task: Task) -> Offer:
    dialects = _dialects(task)
    if ("query" in task.own) == ("rows" in task.own):
        raise task.item.mistake(
            f"problem {task.id!r}: expected one of 'query' (a right one) and 'rows' (what it gives)"
        )
    state = tuple(some_text(item) for item in each(task.own.get("state")))
    rows = _rows(task.own.get("rows"))
    is_ordered = truth(task.own.get("ordered"))
    versions = []
    for name in dialects:
        query = _in_dialect(task.own.get("query"), name, dialects)
        judging = BySql(
            setup=_in_dialect(task.own["setup"], name, dialects) or "",
            rows=rows,
            query=query,
            is_ordered=is_ordered,
            state=state,
        )
        prompt = write_query(task.prompt, find_dialect(name).title, is_change=bool(state))
        references = () if query is None else (query,)
        versions.append(
            Version(language=name, prompt=prompt, judging=judging, references=references)
        )
    return Offer(versions=versions, languages=dialects)


def _dialects(task: Task) -> tuple[str, ...]:
    """Give the dialects that are named, or those of this machine."""
    if task.names_languages:
        raise task.own["languages"].mistake("languages: SQL has 'dialects' instead")
    given = task.own.get("dialects")
    if given is not None:
        names = [language(item, item.text(), DIALECTS) for item in each(given)]
        if not names:
            raise given.mistake("dialects: the list is empty; leave the key out for all")
        return tuple(dict.fromkeys(names))
    written = task.own["setup"]
    if isinstance(written.value, dict):
        return tuple(language(item, name, DIALECTS) for name, item in written.mapping().items())
    return tuple(name for name in DIALECTS if task.installed(name))


def _in_dialect(given: Located | None, name: str, dialects: Collection[str]) -> str | None:
    """Give the statements for a dialect: one text for all, or one for each."""
    if given is None:
        return None
    if not isinstance(given.value, dict):
        return some_text(given)
    for key, item in given.mapping().items():
        language(item, key, dialects)
    found = given.mapping().get(name)
    if found is None:
        raise given.mistake(f"{given.label}: there is none for {name}")
    return some_text(found)


def _rows(given: Located | None) -> tuple[tuple[object, ...], ...] | None:
    if given is None:
        return None
    rows = [tuple(_cell(item) for item in row.items()) for row in given.items()]
    if len({len(row) for row in rows}) > 1:
        raise given.mistake("rows: they differ in length")
    return tuple(rows)


def _cell(item: Located) -> object:
    """Give a value that a database returns; YAML's dates are such values."""
    if item.value is None or isinstance(item.value, bool | int | float | str | date):
        return item.value
    raise item.mistake(f"{item.label}: a cell holds one value, not {type(item.value).__name__}")
