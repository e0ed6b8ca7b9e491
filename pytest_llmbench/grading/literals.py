"""Find the literals of a test program in any language: a lexer, and no more.

It knows comments, quotes and numbers well enough to change one literal and nothing else.
Where it is wrong about a language, a changed program does not compile or does not fail as
it should, and whoever changed it tries another literal: nothing is lost but time.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Kind", "Token", "corruptions", "lex"]


class Kind(StrEnum):
    """What a piece of a program is."""

    SPACE = "space"
    """Blanks, line ends, comments."""
    WORD = "word"
    MARK = "mark"
    """Operators, brackets, everything else."""
    INT = "int"
    FLOAT = "float"
    TEXT = "text"
    CHAR = "char"
    BOOL = "bool"

    @property
    def is_literal(self) -> bool:
        return self not in {Kind.SPACE, Kind.WORD, Kind.MARK}


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a program; all pieces together are the program."""

    kind: Kind
    text: str
    start: int

    @property
    def end(self) -> int:
        return self.start + len(self.text)


_BOOLS = {"true": "false", "True": "False", "TRUE": "FALSE", "#t": "#f"}
_OPPOSITES = _BOOLS | {no: yes for yes, no in _BOOLS.items()}

# Languages whose single quotes hold one character, and mean other things elsewhere:
# lifetimes in Rust, type variables in OCaml, primes in Haskell, digit separators in C++.
# fmt: off
_CHARS = frozenset(
    {
        "c", "cpp", "csharp", "d", "go", "haskell", "java", "julia", "kotlin", "ocaml", "rust",
        "scala", "swift",
    }
)
# fmt: on
_NO_SINGLE_QUOTES = frozenset({"racket"})
_BACKTICKS = frozenset({"d", "go", "javascript", "typescript"})
_TRIPLE_QUOTES = frozenset(
    {"csharp", "elixir", "java", "julia", "kotlin", "python", "scala", "swift"}
)
_PREFIXES = {
    "python": r"[rRbBuU]{0,2}",
    "rust": "b?",
    "cpp": "(?:u8|[uUL])?",
    "c": "(?:u8|[uUL])?",
}
_BLOCK_COMMENTS = {
    "bash": (),
    "d": (r"/\*.*?\*/", r"/\+.*?\+/"),
    "elixir": (),
    "haskell": (r"\{-.*?-\}",),
    "julia": (r"\#=.*?=\#",),
    "lua": (r"--\[(?P<level>=*)\[.*?\](?P=level)\]",),
    "ocaml": (r"\(\*.*?\*\)",),
    "perl": (r"(?m:^)=\w.*?(?m:^)=cut\b",),
    "python": (),
    "r": (),
    "racket": (r"\#\|.*?\|\#",),
    "ruby": (r"(?m:^)=begin\b.*?(?m:^)=end\b",),
}
_C_COMMENT = (r"/\*.*?\*/",)

# Texts that hold code stay as they are: what would change is the program, and no value.
_CODE_INSIDE = {
    **dict.fromkeys(("julia", "kotlin", "php", "scala"), r"\$"),
    **dict.fromkeys(("javascript", "typescript"), r"\$\{"),
    **dict.fromkeys(("elixir", "ruby"), r"\#\{"),
    "bash": r"[$`]",
    "csharp": r"\{",
    "perl": r"[$@]",
    "swift": r"\\\(",
}
_FORMATTED = (
    r"""(?<!\w)(?:[fF][rR]?|[rR][fF])"""
    r"""(?:'{3}.*?'{3} | "{3}.*?"{3} | '(?:\\.|[^'\\\n])*' | "(?:\\.|[^"\\\n])*")"""
)
_NUMBER = r"""(?<![\w.])(?:
    (?P<float>
        (?:\d[\d_]*\.\d[\d_]*(?:[eE][-+]?\d+)? | \d+[eE][-+]?\d+ | \d+\.(?![\w.]))
        (?:_?f(?:32|64) | [fFdDmML])?(?!\w)
    )
  | (?P<int>
        (?:0|[1-9][\d_]*)
        (?:_?[iu](?:8|16|32|64|128|size) | [uUlLnN]{1,3})?(?!\w)
    )
)"""
_WORD = r"\#[tf]\b | [^\W\d]\w*(?:[!?](?=[(\[{]))?"  # assert_eq!(, include?(
_MARK = r"[<>=!]==? | =~ | \|\| | && | -> | => | :: | \.\. | [-+*/%&|^]= | ."
_QUOTED = re.compile(r"(\w*\#*)(\"\"\"|'''|[\"'`])(.*)\2(\#*)", re.DOTALL)
_FAR = 1009
"""Beyond what a bound or a tolerance lets pass."""
_DIGITS = re.compile(r"([\d_]+)((?:\.[\d_]*)?(?:[eE][-+]?\d+)?)(.*)", re.DOTALL)


def lex(code: str, language: str, comment: str) -> tuple[Token, ...]:
    """Cut a program into pieces; `comment` begins a comment that ends with its line."""
    pattern, code_inside = _pattern(language, comment), _CODE_INSIDE.get(language, r"(?!)")
    return tuple(_tokens(code, pattern, re.compile(code_inside)))


def _tokens(code: str, pattern: re.Pattern[str], code_inside: re.Pattern[str]) -> Iterator[Token]:
    for match in pattern.finditer(code):
        text = match.group()
        kind = Kind.MARK if match.lastgroup == "formatted" else Kind(match.lastgroup or "")
        if kind is Kind.WORD and text in _OPPOSITES:
            kind = Kind.BOOL
        elif kind is Kind.TEXT and not text.endswith("'") and code_inside.search(text):
            kind = Kind.MARK
        yield Token(kind, text, match.start())


@functools.cache
def _pattern(language: str, comment: str) -> re.Pattern[str]:
    # Block comments first: Lua's begin like a comment to the end of the line.
    blocks = _BLOCK_COMMENTS.get(language, _C_COMMENT)
    spaces = [r"\s+", *blocks, rf"{re.escape(comment)}[^\n]*"]
    kinds = {
        "space": "|".join(spaces),
        "formatted": _FORMATTED if language == "python" else r"(?!)",
        "text": "|".join(_texts(language)),
        "char": r"(?<!\w)'(?:\\.[^'\\\n]{0,9} | [^'\\\n])'" if language in _CHARS else r"(?!)",
    }
    parts = [f"(?P<{kind}>{pattern})" for kind, pattern in kinds.items()]
    parts += [_NUMBER, f"(?P<word>{_WORD})", f"(?P<mark>{_MARK})"]
    return re.compile(" | ".join(parts), re.DOTALL | re.VERBOSE)


def _texts(language: str) -> Iterator[str]:
    before = rf"(?<!\w){_PREFIXES[language]}" if language in _PREFIXES else ""
    singles = "'" if language not in _CHARS | _NO_SINGLE_QUOTES else ""
    if language == "rust":
        yield r'(?<!\w)b?r(?P<hashes>\#*)".*?"(?P=hashes)'
    if language in _TRIPLE_QUOTES:
        for quote in f'"{singles}':
            yield rf"{before}{quote * 3}(?:\\.|[^\\])*?{quote * 3}"
    for quote in f'"{singles}':
        yield rf"{before}{quote}(?:\\.|[^{quote}\\\n])*{quote}"
    if language in _BACKTICKS:
        yield "`[^`]*`"


def corruptions(token: Token, *, is_far: bool = False) -> tuple[str, ...]:
    """Return other literals of the same type; none where none is safe.

    `is_far`: of numbers only those that are far away.
    """
    match token.kind:
        case Kind.BOOL:
            return (_OPPOSITES[token.text],)
        case Kind.INT:
            return _other_ints(token.text, is_far=is_far)
        case Kind.FLOAT:
            return _other_floats(token.text, is_far=is_far)
        case Kind.CHAR:
            return ("'b'",) if token.text == "'a'" else ("'a'",)
        case Kind.TEXT:
            return _other_texts(token.text)
    return ()


def _other_ints(text: str, *, is_far: bool) -> tuple[str, ...]:
    digits, _, suffix = _number_parts(text)
    near = [digits + 1, *([digits - 1] if digits else [])]
    return tuple(f"{other}{suffix}" for other in (digits + _FAR, *([] if is_far else near)))


def _other_floats(text: str, *, is_far: bool) -> tuple[str, ...]:
    """Add to the whole part; what may be a tolerance becomes zero, so that nothing is less."""
    whole, rest, suffix = _number_parts(text)
    others = [f"{whole + step}{rest}{suffix}" for step in (_FAR, *([] if is_far else [1]))]
    is_small = 0 < float(f"{whole}{rest}".replace("_", "")) < 0.1
    return (f"0.0{suffix}", *others) if is_small else tuple(others)


def _number_parts(text: str) -> tuple[int, str, str]:
    """Give the whole part, what follows the point, and the suffix of a number."""
    found = _DIGITS.fullmatch(text)
    assert found is not None
    return int(found[1].replace("_", "")), found[2], found[3]


def _other_texts(text: str) -> tuple[str, ...]:
    """Add a letter at the end, take one away, or turn small letters into large ones."""
    found = _QUOTED.fullmatch(text)
    if found is None:
        return ()
    prefix, quote, inner, hashes = found.groups()
    others = [f"{inner}z"]
    if "\\" not in inner:
        if len(inner) > 1 and inner[-2] != quote[0]:
            others.append(inner[:-1])
        if inner.isascii() and inner.swapcase() != inner:
            others.append(inner.swapcase())
    return tuple(f"{prefix}{quote}{other}{quote}{hashes}" for other in others)
