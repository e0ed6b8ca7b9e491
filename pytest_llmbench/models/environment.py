"""`$VAR` and `${VAR}` in models.yaml, read from the environment and never shown."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from pytest_llmbench.vocabulary import Secret

__all__ = ["Expanded", "expand"]

_VARIABLE = re.compile(r"\$\$|\$(?P<bare>[A-Za-z_]\w*)|\$\{(?P<braced>[^}]*)\}")


@dataclass(frozen=True, slots=True)
class Expanded:
    value: str
    secrets: tuple[Secret, ...]
    """What the environment contributed."""


def expand(text: str, environ: Mapping[str, str]) -> Expanded:
    """Replace variables (`$$` is a dollar); raise ValueError for one that is not set."""
    secrets: list[Secret] = []

    def replace(match: re.Match[str]) -> str:
        name = match["bare"] or match["braced"]
        if name is None:
            return "$"
        value = environ.get(name)
        if not value:
            state = "empty" if value == "" else "not set"
            msg = f"environment variable {name} is {state}; export {name}=... first"
            raise ValueError(msg)
        secrets.append(Secret(value))
        return value

    return Expanded(_VARIABLE.sub(replace, text), tuple(secrets))
