"""Dialects of SQL: what problems name instead of a language, and how answers look in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pytest_llmbench.errors import ConfigError
from pytest_llmbench.languages.grammar import Grammar, lines
from pytest_llmbench.languages.registry import find_language

__all__ = ["DIALECTS", "Dialect", "find_dialect", "grammar_of", "is_dialect"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """One dialect; `grading/sql` has the engine that runs it."""

    name: str
    title: str
    """For people."""
    aliases: tuple[str, ...] = ()


DIALECTS: Mapping[str, Dialect] = {
    dialect.name: dialect
    for dialect in (
        Dialect(name="sqlite", title="SQLite", aliases=("sqlite3",)),
        Dialect(name="duckdb", title="DuckDB"),
        Dialect(name="postgresql", title="PostgreSQL", aliases=("postgres", "pgsql")),
        Dialect(name="mysql", title="MySQL", aliases=("mariadb",)),
        Dialect(name="oracle", title="Oracle", aliases=("plsql",)),
    )
}
"""All dialects; problems are offered in this order."""

_STATEMENT = (
    r"(?i:select|with|insert|update|delete|merge|replace|create|alter|drop|values|table|begin"
    r"|truncate|call|declare)\b"
)
_GRAMMAR = Grammar(
    fences=frozenset(
        {"sql", *DIALECTS, *(alias for each in DIALECTS.values() for alias in each.aliases)}
    ),
    # The kind of a statement is its name: a second query replaces the first one.
    definition=lines(rf"^[ \t(]*({_STATEMENT})"),
    first_line=lines(rf"^(?:[ \t(]*{_STATEMENT}(?![^\n]*[a-z]\.[ \t]*$)|--|/\*)"),
    statement=lines(rf"^{_STATEMENT}"),
)


def is_dialect(name: str) -> bool:
    """Tell whether this is a dialect's own name."""
    return name in DIALECTS


def find_dialect(name: str) -> Dialect:
    """Return a dialect by its name or alias; raise ConfigError for an unknown one."""
    wanted = name.strip().lower()
    for dialect in DIALECTS.values():
        if wanted == dialect.name or wanted in dialect.aliases:
            return dialect
    raise ConfigError(f"unknown dialect {name!r}; known: {', '.join(DIALECTS)}")


def grammar_of(name: str) -> Grammar:
    """Return how answers in a language or in a dialect look; raise ConfigError for neither."""
    return _GRAMMAR if is_dialect(name) else find_language(name).grammar
