"""Code that stands in a text without any fence."""

from __future__ import annotations

import re

from pytest_llmbench.languages.grammar import Grammar

__all__ = ["bare_code", "begins_with_code"]

_BODY = re.compile(r"(?:[ ]{2}|[ ]?\t)[ \t]*(?![-*•][ ]|\d+\.[ ])[^ \t\n]")
_PROSE = re.compile(
    r"""[A-Z][\w'\u2019]*(?:[,:!.]?[ ]|[,:!.]?$)
      | [-*•][ ] | \d+\.[ ] | \#{1,6}[ ] | \*\* | >[ ]""",
    re.VERBOSE,
)


def begins_with_code(text: str, grammar: Grammar, is_body: bool) -> bool:
    """Tell whether the first line of a text that is not blank is one of code.

    `is_body`: the text may be the body of a function, so an indented line will do.
    """
    return _begins(_first_line(text), grammar, is_body)


def _first_line(text: str) -> str:
    stripped = text.lstrip()
    start = text.rfind("\n", 0, len(text) - len(stripped)) + 1
    end = text.find("\n", start)
    return text[start:] if end < 0 else text[start:end]


def _begins(line: str, grammar: Grammar, is_body: bool) -> bool:
    if grammar.first_line.match(line):
        return True
    return is_body and bool(_BODY.match(line) or grammar.statement.match(line))


def bare_code(text: str, grammar: Grammar, is_body: bool) -> str | None:
    """Give the code in a text: from the first line that begins code, without the prose.

    A paragraph is prose if its first line, at the margin, looks like a sentence, a
    heading or an item of a list; it ends where a line begins code. A text that begins
    with an indented line, where a body is wanted, is taken as it is.
    """
    if is_body and _BODY.match(_first_line(text)):
        return text if text.endswith("\n") else f"{text}\n"
    kept: list[str] = []
    is_prose, is_after_blank, open_mark = True, True, ""
    for line in text.split("\n"):
        if not line.strip():
            pass
        elif is_prose:
            is_prose = not _begins(line, grammar, is_body)
        elif is_after_blank and not open_mark:
            is_prose = bool(_PROSE.match(line)) and not _begins(line, grammar, True)
        is_after_blank = not line.strip()
        if not is_prose:
            kept.append(line)
            open_mark = _mark_after(line, open_mark, grammar.text_marks)
    while kept and not kept[-1].strip():
        kept.pop()
    return "\n".join(kept) + "\n" if kept else None


def _mark_after(line: str, open_mark: str, marks: tuple[str, ...]) -> str:
    """Give the mark of the text of several lines that is open after this line, if any."""
    if open_mark:
        return open_mark if line.count(open_mark) % 2 == 0 else ""
    return next((mark for mark in marks if line.count(mark) % 2), "")
