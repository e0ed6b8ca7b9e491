"""`$VAR` and `${VAR}` in models.yaml, read from the environment and never shown."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from pytest_llmbench.vocabulary import Secret

__all__ = ["Expanded", "MissingVariableError", "expand"]

_VARIABLE = re.compile(r"\$\$|\$(?P<bare>[A-Za-z_]\w*)|\$\{(?P<braced>[^}]*)\}")


@dataclass(frozen=True, slots=True)
class Expanded:
    value: str
    secrets: tuple[Secret, ...]
    """What the environment contributed."""


class MissingVariableError(ValueError):
    """A variable is not set, or empty."""

    def __init__(self, variable: str, state: str) -> None:
        super().__init__(f"environment variable {variable} is {state}; export {variable}=... first")
        self.variable = variable


def expand(text: str, environ: Mapping[str, str]) -> Expanded:
    """Replace variables (`$$` is a dollar); raise MissingVariableError for one that is not set."""
    secrets: list[Secret] = []

    def replace(match: re.Match[str]) -> str:
        name = match["bare"] or match["braced"]
        if name is None:
            return "$"
        value = environ.get(name)
        if not value:
            raise MissingVariableError(name, "empty" if value == "" else "not set")
        secrets.append(Secret(value))
        return value

    return Expanded(_VARIABLE.sub(replace, text), tuple(secrets))
