"""Text from models, servers and sandboxes made safe to store and to show."""

from __future__ import annotations

import re

__all__ = ["shorten", "storable", "visible"]

_CONTROL = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]"
    r"|#(?=#\w*\[)"
)


def storable(text: str) -> str:
    """Replace lone surrogates, which neither UTF-8 nor an xdist channel can carry.

    Two halves that meet, as when a stream was cut between them, become their character.
    """
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def visible(text: str) -> str:
    """Spell out what controls, so that shown text drives no terminal and no build server.

    Newlines and tabs stay; CR, escape sequences, C1 controls, line separators and
    bidirectional marks and overrides become `\\x1b`-style escapes. So does the first
    character of `##[`, `##vso[` and `##teamcity[`, which build servers obey anywhere in a
    line. What they obey only at a line's beginning (`::error::`) is for the layout to indent
    with something other than space.
    """
    return _CONTROL.sub(_escape, storable(text).replace("\r\n", "\n"))


def _escape(match: re.Match[str]) -> str:
    code = ord(match.group())
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def shorten(text: str, limit: int) -> str:
    """Keep the beginning and the end of a text longer than `limit` characters.

    The result is never longer than `limit`; below 64 only the beginning is kept.
    """
    if len(text) <= limit:
        return text
    if limit < 64:
        return text[: max(0, limit - 3)] + "..."[: max(0, limit)]
    half = (limit - 48) // 2
    return f"{text[:half]}\n... {len(text) - 2 * half} characters left out ...\n{text[-half:]}"
