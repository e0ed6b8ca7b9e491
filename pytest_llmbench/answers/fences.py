"""How each language looks inside an answer: its fence names, its definitions, its first lines.

Answers are hostile, so this is lines and regular expressions, never a parser. Every
expression is tied to the start of a line and reads it once: time stays linear.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["Grammar", "grammar_of", "is_never_code"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Grammar:
    """What extraction knows of one language."""

    fences: frozenset[str]
    """Info strings of its code blocks, in lower case."""
    entry: str
    """Line that defines the name `NAME` at top level."""
    definition: re.Pattern[str]
    """Line that defines a function or a class; the groups hold its name."""
    binding: re.Pattern[str]
    """Line that imports, or sets a constant; the groups hold the names."""
    first_line: re.Pattern[str]
    """Line that can begin a program, and hardly ever begins a sentence."""
    statement: re.Pattern[str]
    """Line that can stand in the body of a function."""
    test: re.Pattern[str]
    """Line of a test suite."""
    text_marks: tuple[str, ...]
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


def grammar_of(language: str) -> Grammar:
    """Give a language's grammar; of an unknown one only its fence's name is known."""
    known = _GRAMMARS.get(language)
    return _unknown(language) if known is None else known


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


def _lines(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.MULTILINE | re.VERBOSE)


_PYTHON = Grammar(
    fences=frozenset({"python", "py", "python3", "py3", "python2", "ipython", "ipython3"}),
    entry=(
        r"^(?:(?:async[ \t]+)?def|class)[ \t]+NAME(?!\w)"
        r"|^NAME[ \t]*(?::[^=\n]*)?=(?!=)"
    ),
    definition=_lines(r"^(?:(?:async[ \t]+)?def|class)[ \t]+(\w+)"),
    binding=_lines(
        r"""^(?:from[ \t]+[\w.]+[ \t]+)?import[ \t]+(.+)
          | ^([A-Z_]\w*)[ \t]*(?::[^=\n]*)?=(?!=)"""
    ),
    first_line=_lines(
        r"""^(?:
            from[ \t]+[\w.]+[ \t]+import\b
          | import[ \t]+[\w.]+(?=,|[ \t]+as\b|[ \t]*$)
          | (?:async[ \t]+)?def[ \t]+\w+[ \t]*[(\[]
          | class[ \t]+\w+[ \t]*[(:\[]
          | @[A-Za-z_][\w.]*(?=\(|[ \t]*$)
          | [A-Za-z_][\w.\[\]]*[ \t]*(?:[-+*/%&|^]=|=(?!=))
          | \#! | \"\"\" | '''
        )"""
    ),
    statement=_lines(
        r"""^(?:
            (?:return|yield|raise|assert|del|global|nonlocal|pass)\b
          | (?:if|for|while|with|try|match)\b.*:
        )"""
    ),
    test=_lines(
        r"""^(?:import|from)[ \t]+(?:unittest|pytest)\b | ^(?:async[ \t]+)?def[ \t]+test_"""
    ),
    text_marks=('"""', "'''"),
    is_indented=True,
)

_JAVASCRIPT = Grammar(
    fences=frozenset({"javascript", "js", "node", "nodejs", "mjs", "cjs", "es6", "ecmascript"}),
    entry=(
        r"^(?:export[ \t]+(?:default[ \t]+)?)?"
        r"(?:(?:async[ \t]+)?function\b[ \t*]*|class[ \t]+|(?:const|let|var)[ \t]+)NAME(?![\w$])"
        r"|^(?:(?:module\.)?exports\.)?NAME[ \t]*=(?!=)"
    ),
    definition=_lines(
        r"""^(?:export[ \t]+(?:default[ \t]+)?)?
             (?:(?:async[ \t]+)?function\b[ \t*]*|class[ \t]+)([\w$]+)
          | ^(?:export[ \t]+)?(?:const|let|var)[ \t]+([\w$]+)[ \t]*=[ \t]*(?:async\b[ \t]*)?
             (?:function\b|class\b|\([^()\n]*\)[ \t]*=>|[\w$]+[ \t]*=>)"""
    ),
    binding=_lines(
        r"""^import[ \t](.+)
          | ^(?:const|let|var)[ \t]+([A-Z_][A-Z0-9_]*)[ \t]*=
          | ^(?:const|let|var)[ \t]+([\w$]+|[{\[][^}\]\n]*[}\]])[ \t]*=[ \t]*require\b"""
    ),
    first_line=_lines(
        r"""^(?:
            (?:export[ \t]+(?:default[ \t]+)?)?(?:async[ \t]+)?
                function\b[ \t*]*(?:[\w$]+[ \t]*)?\(
          | (?:export[ \t]+(?:default[ \t]+)?)?class[ \t]+[\w$]+[ \t]*(?:extends\b|\{)
          | (?:export[ \t]+)?(?:const|let|var)[ \t]+[\w$\[{][^=\n]*=
          | import[ \t]+(?:[*{'"]|[\w$]+[ \t]+from\b)
          | (?:module\.)?exports\b
          | ['"]use[ ]strict | /[/*] | \#!
        )"""
    ),
    statement=_lines(
        r"""^(?:
            (?:return|throw)\b
          | (?:if|for|while|switch)[ \t]*\(
          | (?:try|do)[ \t]*\{
          | [A-Za-z_$][\w$.\[\]]*[ \t]*(?:[-+*/%&|^]=|=(?!=))
        )"""
    ),
    test=_lines(
        r"""^(?:describe|test|it)\( | ^import[ \t].*\bassert\b
          | ^(?:const|let|var)\b.*\brequire\(['"](?:node:)?(?:assert|test)\b"""
    ),
    text_marks=("`",),
)

_GRAMMARS = {"python": _PYTHON, "javascript": _JAVASCRIPT}


def _unknown(language: str) -> Grammar:
    never = re.compile(r"(?!)")
    return Grammar(
        fences=frozenset({language.lower()}),
        entry=r"^(?![ \t])[^\n]*\bNAME[ \t]*[(=]",
        definition=never,
        binding=never,
        first_line=never,
        statement=never,
        test=never,
        text_marks=(),
    )
