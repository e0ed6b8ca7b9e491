"""All languages: the built-in ones, and those that users add.

A built-in language is imported when it is first asked for: most sessions need one.
"""

from __future__ import annotations

import importlib
import re

from pytest_llmbench.errors import ConfigError
from pytest_llmbench.languages.definition import Language

__all__ = ["add_language", "find_language", "is_known", "language_names", "remove_language"]

_NAME = re.compile(r"[a-z0-9][a-z0-9_.+#-]*")

_BUILT_IN: dict[str, tuple[str, ...]] = {
    "python": ("py", "python3"),
    "javascript": ("js", "node", "nodejs"),
    "typescript": ("ts",),
    "java": (),
    "cpp": ("c++", "cxx", "cc"),
    "c": ("c17", "c11", "c99"),
    "csharp": ("c#", "cs", "dotnet"),
    "go": ("golang",),
    "rust": ("rs",),
    "kotlin": ("kt",),
    "scala": (),
    "ruby": ("rb",),
    "php": ("php8",),
    "perl": ("pl", "perl5"),
    "lua": ("lua5.4", "lua54"),
    "r": ("rlang",),
    "bash": ("sh", "shell"),
    "ocaml": ("ml",),
    "haskell": ("hs",),
    "elixir": ("ex", "exs"),
    "swift": (),
    "julia": ("jl",),
    "d": ("dlang",),
    "racket": ("rkt",),
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
    owner = _owner(wanted)
    if owner is None:
        raise ConfigError(f"unknown language {name!r}; known: {', '.join(language_names())}")
    if owner in _ADDED:
        return _ADDED[owner]
    language = importlib.import_module(f"pytest_llmbench.languages.{owner}").LANGUAGE
    assert isinstance(language, Language)
    return language


def add_language(language: Language) -> None:
    """Add a language, or replace a built-in one of the same name.

    Raise ConfigError for one that cannot be found or judged.
    """
    for word in (language.name, *language.aliases):
        if not _NAME.fullmatch(word) or word == "text":
            raise ConfigError(
                f"language {language.name!r}: {word!r} cannot be its name; expected small letters, "
                "digits and _ . + # -, and not 'text', which is prose"
            )
        owner = _owner(word)
        if owner not in {None, language.name}:
            raise ConfigError(
                f"language {language.name!r}: {word!r} is already a name of {owner!r}"
            )
    if not (language.worker or language.driver or language.program or language.runners):
        raise ConfigError(
            f"language {language.name!r}: give it a driver, a program or runners, "
            "or nothing in it can be judged"
        )
    _ADDED[language.name] = language


def remove_language(name: str) -> None:
    """Take away a language that was added; a built-in one of that name is back."""
    _ADDED.pop(name, None)


def _owner(word: str) -> str | None:
    """Return the language that has this name or alias."""
    for added in _ADDED.values():
        if word == added.name or word in added.aliases:
            return added.name
    for built_in, aliases in _BUILT_IN.items():
        if word == built_in or word in aliases:
            return built_in
    return None
