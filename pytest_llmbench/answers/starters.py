"""Programs whose beginning the prompt gives: the starter, and what an answer adds to it."""

from __future__ import annotations

import re

from pytest_llmbench.languages.braces import open_braces
from pytest_llmbench.languages.grammar import Grammar

__all__ = ["completed"]

_FUTURE = re.compile(r"^from[ \t]+__future__[ \t]+import\b.*\n", re.MULTILINE)


def completed(starter: str, code: str, entry_point: str, grammar: Grammar) -> tuple[str, bool]:
    """Make a whole program of an answer; tell also whether the answer defines the function.

    If it does, what the starter has before that function (imports, helpers) is put before
    it: a chat model repeats the function and leaves those out. If it does not, it continues
    the starter.
    """
    start = grammar.last_definition(starter, entry_point)
    is_body = grammar.is_indented and code.lstrip("\n")[:1] in {" ", "\t"}
    if is_body or not grammar.defines(code, entry_point):
        if grammar.is_indented:
            code = _indented(code, _body_indent(starter[start:]))
        joint = "" if starter.endswith("\n") or code.startswith("\n") else "\n"
        return f"{starter}{joint}{code}", False
    prelude = _without_what_comes_again(starter[:start], code, grammar)
    if not prelude.strip() or prelude.strip() in code:
        return code, True
    if not grammar.is_indented and starter[start : start + 1] in {" ", "\t"}:
        # A method: the answer may have left out the class, and so its end.
        return f"{prelude}{code}{'}' * open_braces(prelude + code)}", True
    # Python wants these imports before all others.
    futures = "".join(_FUTURE.findall(code)) if grammar.is_indented else ""
    rest = _FUTURE.sub("", code) if futures else code
    return f"{futures}{prelude}{rest}", True


def _without_what_comes_again(prelude: str, code: str, grammar: Grammar) -> str:
    """Cut a prelude before the first class that the answer defines anew."""
    own = grammar.definitions(code)
    for match in grammar.definition.finditer(prelude):
        if not own.isdisjoint(filter(None, match.groups())):
            return prelude[: match.start()]
    return prelude


def _body_indent(function: str) -> str:
    """Give the indentation of the first indented line of a function."""
    match = re.search(r"^([ \t]+)[^ \t\n]", function, re.MULTILINE)
    return match[1] if match else "    "


def _indented(body: str, indent: str) -> str:
    """Indent a body that is at the margin; if only its first line is, indent that one.

    An endpoint that strips the text takes the spaces of the first line only: then the
    lines after it are indented although nothing was opened before them.
    """
    lines = body.split("\n")
    filled = [number for number, line in enumerate(lines) if line.strip()]
    if not filled or lines[filled[0]][0] in " \t":
        return body
    first, *others = filled
    widths = [len(lines[at]) - len(lines[at].lstrip(" \t")) for at in others]
    opens = lines[first].rstrip().endswith((":", "(", "[", "{", ",", "\\"))
    if widths and min(widths) > 0 and (not opens or widths[0] > min(widths)):
        lines[first] = indent + lines[first]
        return "\n".join(lines)
    return "\n".join(indent + line if line.strip() else line for line in lines)
