"""Cut a script into what one call of a driver takes, where the server does not do it.

One pass with `str.find` over quotes and comments: the script may be hostile, and a regular
expression that looks for the end of an unclosed comment again and again is slow.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

__all__ = ["mysql_pieces", "oracle_statements"]

_DELIMITER = re.compile(r"[ \t]*DELIMITER[ \t]+(\S+)[^\n]*", re.IGNORECASE)
_HAS_DELIMITER = re.compile(r"^[ \t]*DELIMITER[ \t]+\S", re.IGNORECASE | re.MULTILINE)
_BLOCK = re.compile(
    r"(?:DECLARE|BEGIN|CREATE\s+(?:OR\s+REPLACE\s+)?(?:(?:NON)?EDITIONABLE\s+)?"
    r"(?:FUNCTION|PROCEDURE|PACKAGE|TRIGGER|TYPE))\b",
    re.IGNORECASE,
)
_SLASH = re.compile(r"[ \t]*/[ \t]*(?=\n|$)")
_CLOSING = {"[": "]", "(": ")", "{": "}", "<": ">"}


def mysql_pieces(script: str) -> Iterator[str]:
    """Carry out the `DELIMITER` lines of MySQL's command line.

    Without one the server gets the script as it is: it can cut at semicolons itself.
    """
    if not _HAS_DELIMITER.search(script):
        yield script
        return
    start, delimiter, is_line_start = 0, ";", True
    at = 0
    while at < len(script):
        if is_line_start and (directive := _DELIMITER.match(script, at)):
            yield from _if_any(script[start:at])
            delimiter = directive[1]
            at = start = directive.end()
        elif delimiter != ";" and script.startswith(delimiter, at):
            yield from _if_any(script[start:at])
            at = start = at + len(delimiter)
            is_line_start = False
            continue
        end = _after_opaque(script, at, "'\"`", has_backslashes=True, has_hashes=True)
        is_line_start = end == at and script[at : at + 1] == "\n"
        at = end if end > at else at + 1
    yield from _if_any(script[start:])


def oracle_statements(script: str) -> Iterator[str]:
    """Cut at semicolons, and blocks of PL/SQL where a line holds nothing but a slash."""
    start, at, is_line_start = 0, 0, True
    is_block: bool | None = None  # not known before the statement's first word
    while at < len(script):
        end = _after_opaque(script, at, "'\"", has_backslashes=False, has_hashes=False)
        if end == at and is_block is None and not script[at].isspace():
            is_block = _BLOCK.match(script, at) is not None
        if end == at:
            slash = _SLASH.match(script, at) if is_line_start else None
            if slash or (script[at] == ";" and not is_block):
                yield from _if_any(script[start:at])
                start = end = slash.end() if slash else at + 1
                is_block = None
        is_line_start = end == at and script[at] == "\n"
        at = max(end, at + 1)
    yield from _if_any(script[start:])


def _if_any(piece: str) -> Iterator[str]:
    if piece.strip():
        yield piece.strip()


def _after_opaque(
    script: str, at: int, quotes: str, *, has_backslashes: bool, has_hashes: bool
) -> int:
    """Return the end of the quote or comment that begins at `at`, or `at`."""
    character = script[at : at + 1]
    if character and character in quotes:
        return _after_quote(script, at, has_backslashes=has_backslashes and character != "`")
    if not has_hashes and script[at : at + 2].lower() == "q'":
        closing = _CLOSING.get(script[at + 2 : at + 3], script[at + 2 : at + 3])
        return _after(script, f"{closing}'", at + 3)
    if script.startswith("/*", at):
        return _after(script, "*/", at + 2)
    is_comment = script.startswith("--", at)
    if has_hashes:  # MySQL: `5--3` is 8
        is_comment &= script[at + 2 : at + 3].strip() == ""
        is_comment |= character == "#"
    if is_comment:
        end = script.find("\n", at)
        return end if end >= 0 else len(script)
    return at


def _after_quote(script: str, at: int, *, has_backslashes: bool) -> int:
    quote = script[at]
    end = at + 1
    while True:
        close = script.find(quote, end)
        if close < 0:
            return len(script)
        backslashes = 0
        while has_backslashes and script[close - 1 - backslashes] == "\\":
            backslashes += 1
        if backslashes % 2 == 0:  # a doubled quote is the beginning of another one
            return close + 1
        end = close + 1


def _after(script: str, closing: str, at: int) -> int:
    end = script.find(closing, at)
    return end + len(closing) if end >= 0 else len(script)
