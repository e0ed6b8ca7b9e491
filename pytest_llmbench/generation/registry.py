"""Which provider serves a model's `type`; each is imported only when it is used."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import cast

from pytest_llmbench.errors import ConfigError
from pytest_llmbench.generation.provider import Provider
from pytest_llmbench.vocabulary import Model

__all__ = ["PROVIDERS", "ProviderSpec", "check_model", "make_provider"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderSpec:
    """Where a provider lives, and what its models are allowed to say."""

    module: str
    """Offers `make(model) -> Provider` and `check(model)`, which raises `ConfigError`."""
    options: frozenset[str] = frozenset()
    """Keys of `Model.options` that it understands."""
    needs_network: bool = False
    """Whether it asks a server; the others answer from what is on this machine."""


_HERE = "pytest_llmbench.generation.providers"

PROVIDERS: dict[str, ProviderSpec] = {
    "openai": ProviderSpec(module=f"{_HERE}.openai", needs_network=True),
    "reference": ProviderSpec(module=f"{_HERE}.known"),
    "mutant": ProviderSpec(module=f"{_HERE}.known"),
    "replay": ProviderSpec(module=f"{_HERE}.replay", options=frozenset({"file", "model"})),
}


def make_provider(model: Model) -> Provider:
    """Make the provider that serves a model; `ConfigError` if there is none."""
    make = cast("Callable[[Model], Provider]", import_module(_spec(model).module).make)
    return make(model)


def check_model(model: Model) -> None:
    """Raise `ConfigError` for what can be known to be wrong before anything is asked.

    Sends nothing. A replay file is read to its end.
    """
    spec = _spec(model)
    check = cast("Callable[[Model], None]", import_module(spec.module).check)
    check(model)


def _spec(model: Model) -> ProviderSpec:
    try:
        return PROVIDERS[model.type]
    except KeyError:
        known = ", ".join(sorted(PROVIDERS))
        place = f"{model.origin}: " if model.origin else ""
        raise ConfigError(
            f"{place}model {model.name!r} has type {model.type!r}; known types: {known}"
        ) from None
