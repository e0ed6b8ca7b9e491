"""The rule by which a model's `extra_body` goes over what a provider sends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["overlaid"]


def overlaid(body: Mapping[str, Any], extra: Mapping[str, Any]) -> dict[str, Any]:
    """Lay `extra` over a body; objects inside both are laid over each other.

    So `options: {num_ctx: 8192}` does not throw away the temperature that stands in
    `options` too. What is null at the end is left out.
    """
    merged = dict(body)
    for key, value in extra.items():
        own = merged.get(key)
        merged[key] = value
        if isinstance(own, Mapping) and isinstance(value, Mapping):
            merged[key] = overlaid(own, value)
    return {key: value for key, value in merged.items() if value is not None}
