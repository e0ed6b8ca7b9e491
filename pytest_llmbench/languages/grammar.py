"""How a language looks inside an answer: its fence names, its definitions, its first lines.

Answers are hostile, so this is lines and regular expressions, never a parser. Every
expression is tied to the start of a line and reads it once: time stays linear.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["Grammar", "is_never_code", "lines"]

_NEVER = re.compile(r"(?!)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Grammar:
    """What extraction knows of one language."""

    fences: frozenset[str]
    """Info strings of its code blocks, in lower case."""
    entry: str = r"^(?![ \t])[^\n]*\bNAME[ \t]*[(=]"
    """Line that defines the name `NAME` at top level."""
    definition: re.Pattern[str] = _NEVER
    """Line that defines a function or a class; the groups hold its name."""
    binding: re.Pattern[str] = _NEVER
    """Line that imports, or sets a constant; the groups hold the names."""
    first_line: re.Pattern[str] = _NEVER
    """Line that can begin a program, and hardly ever begins a sentence."""
    statement: re.Pattern[str] = _NEVER
    """Line that can stand in the body of a function."""
    test: re.Pattern[str] = _NEVER
    """Line of a test suite."""
    text_marks: tuple[str, ...] = ()
    """What opens, and again closes, a text of several lines."""
    is_indented: bool = False
    """Whether the body of a function must be indented."""

    def defines(self, code: str, name: str) -> bool:
        pattern = self.entry.replace("NAME", re.escape(name))
        return re.search(pattern, code, re.MULTILINE) is not None

    def last_definition(self, code: str, name: str) -> int:
        """Give the position of the last line that defines `name`; 0 if there is none."""
        pattern = self.entry.replace("NAME", re.escape(name))
        starts = [match.start() for match in re.finditer(pattern, code, re.MULTILINE)]
        return starts[-1] if starts else 0

    def definitions(self, code: str) -> frozenset[str]:
        """Name the functions and classes of the top level."""
        return _names(self.definition, code)

    def names(self, code: str) -> frozenset[str]:
        """Name all that the top level offers to other code."""
        return _names(self.definition, code) | _names(self.binding, code)

    def is_test(self, code: str) -> bool:
        return self.test.search(code) is not None


def _names(pattern: re.Pattern[str], code: str) -> frozenset[str]:
    return frozenset(
        word
        for match in pattern.finditer(code)
        for group in match.groups()
        if group is not None
        for word in re.findall(r"[\w$]+", group)
    )


def is_never_code(tag: str) -> bool:
    """Tell whether a block with this tag shows a shell, data or output."""
    return tag in _NEVER_CODE


# fmt: off
_NEVER_CODE = frozenset(
    {
        "bash", "sh", "shell", "zsh", "fish", "console", "terminal", "shell-session",
        "shellsession", "powershell", "ps1", "cmd", "bat", "dos", "pycon", "python-repl",
        "output", "stdout", "log", "json", "jsonc", "yaml", "yml", "toml", "ini", "csv", "xml",
        "html", "css", "diff", "patch", "mermaid", "latex", "math", "dockerfile",
    }
)
# fmt: on


def lines(pattern: str) -> re.Pattern[str]:
    """Compile a pattern of lines, written with spaces and over several lines."""
    return re.compile(pattern, re.MULTILINE | re.VERBOSE)
