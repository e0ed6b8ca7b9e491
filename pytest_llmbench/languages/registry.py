"""All languages: the built-in ones, and those that users add.

A built-in language is imported when it is first asked for: most sessions need one.
"""

from __future__ import annotations

import importlib

from pytest_llmbench.errors import ConfigError
from pytest_llmbench.languages.definition import Language

__all__ = ["add_language", "find_language", "is_known", "language_names"]

_BUILT_IN: dict[str, tuple[str, ...]] = {
    "python": ("py", "python3"),
    "javascript": ("js", "node", "nodejs"),
    "cpp": ("c++", "cxx", "cc"),
    "ruby": ("rb",),
}
"""Names, which are those of the modules too, and aliases; problems are offered in this order."""

_ADDED: dict[str, Language] = {}
"""By users, in this process."""


def language_names() -> tuple[str, ...]:
    """Return the names of all languages, built-in ones first."""
    return (*_BUILT_IN, *(name for name in _ADDED if name not in _BUILT_IN))


def is_known(name: str) -> bool:
    """Tell whether this is a language's own name."""
    return name in _BUILT_IN or name in _ADDED


def find_language(name: str) -> Language:
    """Return a language by its name or alias; raise ConfigError for an unknown one."""
    wanted = name.strip().lower()
    for language in _ADDED.values():
        if wanted == language.name or wanted in language.aliases:
            return language
    for built_in, aliases in _BUILT_IN.items():
        if wanted == built_in or wanted in aliases:
            module = importlib.import_module(f"pytest_llmbench.languages.{built_in}")
            language = module.LANGUAGE
            assert isinstance(language, Language)
            return language
    raise ConfigError(f"unknown language {name!r}; known: {', '.join(language_names())}")


def add_language(language: Language) -> None:
    """Add a language, or replace a built-in one of the same name.

    Raise ConfigError for one that cannot be judged at all.
    """
    if not (language.worker or language.driver or language.program or language.runners):
        raise ConfigError(
            f"language {language.name!r}: give it a driver, a program or runners, "
            "or nothing in it can be judged"
        )
    _ADDED[language.name] = language
