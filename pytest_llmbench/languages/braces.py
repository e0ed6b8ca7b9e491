"""Where the top level of a program is, in languages with braces.

Answers are hostile and may be cut off, so this is no parser: it knows comments, texts and
braces, reads the code once, and never fails.
"""

from __future__ import annotations

import re

__all__ = ["gathered", "open_braces", "top_level", "with_last_statement"]

_PIECE = re.compile(
    r"""
      //[^\n]*
    | /\*.*?(?:\*/|\Z)
    | \"\"\".*?(?:\"\"\"|\Z)
    | @"(?:[^"]|"")*"?
    | "(?:\\.|[^"\\\n])*"?
    | '(?:\\.[^'\n]*|[^'\\\n])'
    | [{}]
    """,
    re.VERBOSE | re.DOTALL,
)
_VISIBLE = re.compile(r"[^\n]")


def top_level(code: str) -> str:
    """Blank out comments, texts, and what is in braces; all else keeps its place."""
    kept: list[str] = []
    depth = at = 0
    for piece in _PIECE.finditer(code):
        between, text = code[at : piece.start()], piece[0]
        kept.append(_blank(between) if depth else between)
        at = piece.end()
        depth = max(0, depth - 1) if text == "}" else depth
        kept.append(text if text in {"{", "}"} and not depth else _blank(text))
        depth += text == "{"
    rest = code[at:]
    kept.append(_blank(rest) if depth else rest)
    return "".join(kept)


def _blank(text: str) -> str:
    return _VISIBLE.sub(" ", text)


def open_braces(code: str) -> int:
    """Count the braces that nothing closes."""
    depth = 0
    for piece in _PIECE.finditer(code):
        depth = max(0, depth + {"{": 1, "}": -1}.get(piece[0], 0))
    return depth


def gathered(line: re.Pattern[str], *parts: str) -> str:
    """Join parts of a program, with their lines of one kind, imports, before all others."""
    code = "\n".join(parts)
    found = dict.fromkeys(match[0].strip() for match in line.finditer(code))
    first = sorted(found, key=lambda text: not text.startswith("package"))
    return "\n".join([*first, line.sub("", code), ""])


def with_last_statement(code: str, head: re.Pattern[str], statement: str) -> str:
    """Put a statement at the end of the first block that such a head opens, if there is one."""
    found = head.search(code)
    if found is None:
        return code
    depth = found[0].count("{")
    for piece in _PIECE.finditer(code, found.end()):
        depth += {"{": 1, "}": -1}.get(piece[0], 0)
        if piece[0] == "}" and depth <= 0:
            return f"{code[: piece.start()]}{statement}\n{code[piece.start() :]}"
    return code
