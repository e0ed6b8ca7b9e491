"""Which provider serves a model's `type`; each is imported only when it is used."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import cast

from pytest_llmbench.errors import ConfigError
from pytest_llmbench.generation.provider import Provider
from pytest_llmbench.models.endpoints import endpoint_models
from pytest_llmbench.vocabulary import Model

__all__ = ["IN_PROCESS", "PROVIDERS", "check_model", "make_provider"]


_HERE = "pytest_llmbench.generation.providers"

PROVIDERS = {
    "openai": f"{_HERE}.openai",
    "openai-responses": f"{_HERE}.openai_responses",
    "openai-completions": f"{_HERE}.openai_completions",
    "anthropic": f"{_HERE}.anthropic",
    "google": f"{_HERE}.google",
    "ollama": f"{_HERE}.ollama",
    "command": f"{_HERE}.command",
    "reference": f"{_HERE}.known",
    "mutant": f"{_HERE}.known",
    "replay": f"{_HERE}.replay",
    "huggingface": f"{_HERE}.huggingface",
}
"""The module of each type: it offers `make(model) -> Provider`, and `check(model)`, which
raises `ConfigError`."""

IN_PROCESS = frozenset({"huggingface"})
"""Types whose models live in the process that asks them, and in no other."""


def make_provider(model: Model) -> Provider:
    """Make the provider that serves a model; `ConfigError` if there is none."""
    make = cast("Callable[[Model], Provider]", import_module(_module(model)).make)
    return make(model)


def check_model(model: Model) -> None:
    """Raise `ConfigError` for what can be known to be wrong before anything is asked.

    Sends nothing. A replay file is read to its end.
    """
    check = cast("Callable[[Model], None]", import_module(_module(model)).check)
    for each in endpoint_models(model):
        check(each)


def _module(model: Model) -> str:
    try:
        return PROVIDERS[model.type]
    except KeyError:
        known = ", ".join(sorted(PROVIDERS))
        place = f"{model.origin}: " if model.origin else ""
        raise ConfigError(
            f"{place}model {model.name!r} has type {model.type!r}; known types: {known}"
        ) from None
