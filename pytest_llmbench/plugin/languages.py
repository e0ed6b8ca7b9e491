"""Languages from outside the package: asked for once, gone when the session ends."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from pytest_llmbench.errors import ConfigError
from pytest_llmbench.languages import Language, add_language
from pytest_llmbench.languages.registry import remove_language

__all__ = ["add_languages"]


def add_languages(config: pytest.Config) -> None:
    """Add what plugins and `conftest.py` files offer; raise UsageError for a mistake."""
    owners: dict[str, str] = {}
    for implementation in reversed(config.hook.pytest_llm_languages.get_hookimpls()):
        where = _shown(implementation.plugin_name, config)
        for language in _offered(implementation.function(), where):
            if language.name in owners:
                raise pytest.UsageError(
                    f"{where}: language {language.name!r} comes from {owners[language.name]} too"
                )
            try:
                add_language(language)
            except ConfigError as error:
                raise pytest.UsageError(f"{where}: {error}") from None
            owners[language.name] = where
            config.add_cleanup(lambda name=language.name: remove_language(name))  # type: ignore[misc]


def _offered(result: object, where: str) -> list[Language]:
    """Return what a hook returned as a list of languages."""
    if result is None:
        return []
    if not isinstance(result, Iterable):
        raise pytest.UsageError(
            f"{where}: pytest_llm_languages must return languages, not a {type(result).__name__}"
        )
    languages = list(result)
    for language in languages:
        if not isinstance(language, Language):
            raise pytest.UsageError(
                f"{where}: pytest_llm_languages must return languages, not {language!r:.80}"
            )
    return languages


def _shown(plugin: str, config: pytest.Config) -> str:
    """Name a plugin; a `conftest.py` is named by its path."""
    path = Path(plugin)
    if path.is_absolute() and path.is_relative_to(config.rootpath):
        return str(path.relative_to(config.rootpath))
    return plugin
