"""How the problems of a task file are judged: each says it by one of its keys."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pytest_llmbench.located_yaml import Located
from pytest_llmbench.suites.offers import Offer, Task
from pytest_llmbench.suites.output_offers import offer_by_output
from pytest_llmbench.suites.program_offers import offer_by_program
from pytest_llmbench.suites.sql_offers import offer_sql
from pytest_llmbench.suites.value_offers import offer_by_value

__all__ = ["KEYS", "read_offer"]

_KINDS: Mapping[str, tuple[str, ...]] = {
    "cases": ("signature", "entry_point", "unordered", "checker"),
    "io": ("comparison", "tolerance", "checker"),
    "tests": ("signature", "entry_point", "prelude", "runner", "blinds"),
    "setup": ("dialects", "query", "rows", "ordered", "state"),
}
"""The key that says how a problem is judged, and the others that only belong to it."""
KEYS = tuple(dict.fromkeys(key for kind, keys in _KINDS.items() for key in (kind, *keys)))


def read_offer(
    item: Located, task: str, prompt: str, named: Located | None, installed: Callable[[str], bool]
) -> Offer:
    """Read how a problem is judged; raise LocatedError for a mistake in it."""
    given = item.mapping()
    kinds = [kind for kind in _KINDS if kind in given] or ["cases"]
    if len(kinds) > 1:
        raise given[kinds[1]].mistake(
            f"problem {task!r} has both {kinds[0]!r} and {kinds[1]!r}; it is judged in one way"
        )
    _check_keys(given, kinds[0])
    read = {
        "cases": offer_by_value,
        "io": offer_by_output,
        "tests": offer_by_program,
        "setup": offer_sql,
    }
    return read[kinds[0]](Task(item=item, id=task, prompt=prompt, named=named, installed=installed))


def _check_keys(given: Mapping[str, Located], kind: str) -> None:
    for key in KEYS:
        if key in given and key not in (kind, *_KINDS[kind]):
            owners = " or ".join(repr(owner) for owner, keys in _KINDS.items() if key in keys)
            raise given[key].mistake(f"{key!r} belongs to problems with {owners}, not {kind!r}")
