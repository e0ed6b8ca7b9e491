"""The rule by which a model's `extra_body` goes over what a provider sends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["merged"]


def merged(body: Mapping[str, Any], extra: Mapping[str, Any]) -> dict[str, Any]:
    """Lay `extra_body` over a body as a JSON merge patch (RFC 7396).

    Objects are merged key by key, so that one more setting does not cost those beside
    it; null removes a key, and anything else replaces it. What is `None` in the body
    is left out.
    """
    result = {key: value for key, value in body.items() if value is not None}
    for key, value in extra.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, Mapping):
            under = result.get(key)
            result[key] = merged(under if isinstance(under, Mapping) else {}, value)
        else:
            result[key] = value
    return result
