"""Small readers of a task file's values, each with its own words for a mistake."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Mapping

from pytest_llmbench.languages import is_known, language_names
from pytest_llmbench.languages.dialects import DIALECTS, is_dialect
from pytest_llmbench.located_yaml import Located

__all__ = ["each", "language", "needed", "programs", "some_text", "truth", "word"]


def needed(item: Located, key: str) -> Located:
    found = item.mapping().get(key)
    if found is None:
        raise item.mistake(f"{item.label}: {key!r} is missing")
    return found


def each(given: Located | None) -> list[Located]:
    """Give the items of a list; a single value counts as a list of one."""
    if given is None:
        return []
    return [given] if isinstance(given.value, str) else given.items()


def some_text(item: Located) -> str:
    text = item.text()
    if not text.strip():
        raise item.mistake(f"{item.label} is empty; expected text")
    return text


def word(item: Located, allowed: re.Pattern[str], expected: str) -> str:
    given = item.text()
    if not allowed.fullmatch(given):
        raise item.mistake(f"{item.label} {given!r} must be made of {expected}")
    return given


def truth(item: Located | None) -> bool:
    """Give true or false; what is not there is false."""
    if item is None:
        return False
    if not isinstance(item.value, bool):
        raise item.mistake(f"{item.label}: must be true or false, not {item.value!r}")
    return item.value


def language(place: Located, name: str, offered: Collection[str]) -> str:
    """Give a language, or a dialect, that a problem is offered in."""
    if name in offered:
        return name
    if is_known(name) or is_dialect(name):
        raise place.mistake(
            f"{name!r} is none of this problem's languages ({', '.join(offered)});"
            " add it there, or remove this"
        )
    known = DIALECTS if is_dialect(next(iter(offered), "")) else language_names()
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"known languages: {', '.join(known)}"
    raise place.mistake(f"unknown language {name!r}; {hint}")


def programs(given: Located | None, offered: Collection[str]) -> Mapping[str, tuple[str, ...]]:
    """Read `language: code` or `language: [code, ...]`."""
    if given is None:
        return {}
    return {
        language(code, name, offered): tuple(some_text(item) for item in each(code))
        for name, code in given.mapping().items()
    }
