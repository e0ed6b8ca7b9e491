"""Choose literals of a test program whose change has to make its tests fail.

A test program that runs in the answer's own process proves little by passing: the answer
may have ended it, or have taken its assertions away. So the same tests are run with one
literal changed, which has to make them fail. Values are changed and no operators, so that
who reads the tests has to solve the task to know which of them are the true ones.

This works on pieces and brackets, in every language alike. It is careful in one thing: it
calls a literal *expected* only where any right answer has to fail with another one.
"""

from __future__ import annotations

import random
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum

from pytest_llmbench.grading.literals import Kind, Token, corruptions, lex

__all__ = ["Blind", "Spot", "Worth", "find_spots", "shuffled"]


class Worth(IntEnum):
    """How much a changed literal says, the most first."""

    EXPECTED = 1
    """All there is on the other side of an equality that is asserted: whoever is equal to
    it is not equal to anything else."""
    COMPARED = 2
    """The same, but what becomes of the comparison cannot be told."""
    ASSERTED = 3
    """Somewhere in an assertion or in a comparison: an argument, a tolerance."""
    OTHER = 4
    """Elsewhere: a table of cases, a message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Blind:
    """The tests with one literal changed."""

    tests: str
    line: int
    """Where it stands in the tests, from 1."""
    was: str
    now: str
    worth: Worth

    def __str__(self) -> str:
        return f"{self.now} for {self.was} in line {self.line} of the tests"


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """One literal of the tests."""

    worth: Worth
    blinds: tuple[Blind, ...]
    """The ways to change it, the best first."""


def find_spots(tests: str, language: str, comment: str, names: Collection[str]) -> list[Spot]:
    """Find the literals that may be changed; `names` are those of what is under test."""
    places = _Places({*names, "candidate"}, language)
    tree = _tree(_without_type_arguments(lex(tests, language, comment)))
    places.visit(tree, _Context())
    spots = (_spot(tests, *found) for found in places.found)
    return [spot for spot in spots if spot.blinds]


def shuffled(spots: Sequence[Spot], rng: random.Random) -> list[Spot]:
    """Return them in an order that nobody can foresee, those that say the most first."""
    return sorted(spots, key=lambda spot: (spot.worth, rng.random()))


def _spot(tests: str, token: Token, worth: Worth, is_bounded: bool) -> Spot:
    line = tests.count("\n", 0, token.start) + 1
    head, tail = tests[: token.start], tests[token.end :]
    blinds = tuple(
        Blind(tests=f"{head}{other}{tail}", line=line, was=token.text, now=other, worth=worth)
        for other in corruptions(token, is_far=is_bounded)
    )
    return Spot(worth=worth, blinds=blinds)


# -- the shape of a program -----------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Group:
    """What stands between two brackets; the whole program is one too."""

    opening: str
    items: list[_Item]


_Item = Token | _Group
_BRACKETS = {"(": ")", "[": "]", "{": "}"}
_LINE_END = "\n"


def _tree(tokens: Sequence[Token]) -> _Group:
    """Nest pieces by their brackets; one that nothing closes ends with the program."""
    top = _Group("", [])
    stack = [top]
    for token in tokens:
        if token.kind is Kind.SPACE:
            if "\n" in token.text:
                stack[-1].items.append(Token(Kind.SPACE, _LINE_END, token.start))
        elif token.kind is Kind.MARK and token.text in _BRACKETS:
            group = _Group(token.text, [])
            stack[-1].items.append(group)
            stack.append(group)
        elif token.kind is Kind.MARK and token.text in _BRACKETS.values():
            if _BRACKETS.get(stack[-1].opening) == token.text:
                stack.pop()
        else:
            stack[-1].items.append(token)
    return top


_IN_TYPES = frozenset(["::", ",", ".", "*", "&", "?", "[", "]", "<", ">"])


def _without_type_arguments(tokens: Sequence[Token]) -> list[Token]:
    """Make `<int, List<String>>` after a name one word: it compares nothing."""
    kept: list[Token] = []
    index = 0
    while index < len(tokens):
        token = tokens[index]
        end = _type_arguments_end(tokens, index) if token.text == "<" and kept else None
        if end is not None and kept[-1].kind is Kind.WORD:
            kept.append(Token(Kind.WORD, "<>", token.start))
            index = end
        else:
            kept.append(token)
            index += 1
    return kept


def _type_arguments_end(tokens: Sequence[Token], index: int) -> int | None:
    depth = 0
    for position in range(index, len(tokens)):
        token = tokens[position]
        if token.text in {"<", ">"}:
            depth += 1 if token.text == "<" else -1
            if depth == 0:
                return position + 1
        elif token.kind not in {Kind.WORD, Kind.SPACE} and token.text not in _IN_TYPES:
            return None
    return None


def _segments(items: Sequence[_Item], *, ends_with_line: bool) -> Iterator[list[_Item]]:
    """Split at commas and semicolons, and where statements end with their line."""
    segment: list[_Item] = []
    for item in items:
        if isinstance(item, Token) and item.text in {",", ";"}:
            yield segment
            segment = []
        elif isinstance(item, Token) and item.kind is Kind.SPACE:
            # An operator at either side of a line's end goes on with the statement.
            if ends_with_line:
                yield segment
                segment = []
        else:
            segment.append(item)
    yield segment


# -- what a literal is worth ----------------------------------------------------------

_EQUALITIES = frozenset({"==", "===", "is", "eq", "equal?"})
_CONJUNCTIONS = frozenset({"&&", "and"})
_ASSERTING = re.compile(
    r"(?i)assert\w*!?|expect\w*|check\w*|verify\w*|should\w*|ensure\w*|must\w*|stopifnot|test"
)
_EQUAL_CALL = re.compile(
    r"(?i)(?:assert|expect|check|test)?_*(?:that_*)?(?:is_*)?(?:deep_*|strict_*|deep_*strict_*)?"
    r"(?:equals?|eql?|equal_?to|identical|same|is|is_deeply)(?:_to)?(?:s_q)?!?"
    r"|to(?:be|equal|strictequal|eql)|tobe|shouldbe|isequalto|check-equal\?"
)
_CONDITIONS = frozenset({"if", "unless", "elif"})
_CHOICES = frozenset({"||", "or", "any", "some", "xor"})
_MEMBERSHIPS = frozenset({"javascript", "julia", "kotlin", "python", "typescript"})
"""Languages where `in` asks whether a value is among others; elsewhere it ends a `let`."""
_LOOSE_MARKS = frozenset(
    {"<", ">", "<=", ">=", "!=", "!==", "!", "?", "=~", "+", "*", "/", "%", "^", "|"}
)
_LOOSE_WORD = re.compile(
    r"any\w+|\w+Any\w*|(?i:not|if|else|unless|ne|lt|gt|le|ge|case|when|match"
    r"|.*(?:not_|_not|false|refute|throw|raise|almost|close|approx|contain|include|matches|less"
    r"|greater|between|one_?of|delta|nan|differ|panic|fail).*)|.*(?:not[A-Z]|Not).*"
)
_NO_NAMES = frozenset({"and", "case", "in", "is", "not", "of", "or", "return", "yield"})
_PLAIN_MARKS = frozenset({",", ":", "-", "&", ".", "::", "=>"})
_TUPLES = frozenset({"csharp", "haskell", "julia", "ocaml", "python", "rust", "scala", "swift"})
# fmt: off
_NO_CASES = frozenset(
    {
        "for", "foreach", "from", "import", "include", "loop", "package", "range", "times",
        "until", "use", "using", "while",
    }
)
_CONSTRUCTORS = frozenset(
    {
        "<>", "Array", "ArrayList", "Arrays", "Boolean", "Character", "Double", "HashMap",
        "HashSet", "Integer", "Just", "List", "Long", "Map", "Object", "Ok", "Optional", "Set",
        "Some", "String", "Vector", "array", "asList", "bool", "c", "char", "dict", "double",
        "entries", "float", "float64", "from", "frozenset", "int", "int64", "into", "list",
        "listOf", "long", "make_pair", "make_tuple", "mapOf", "new", "of", "pair", "rune", "set",
        "setOf", "str", "string", "stringify", "toList", "to_owned", "to_string", "to_vec",
        "tuple", "vec!", "vector",
    }
)
# fmt: on


@dataclass(frozen=True, slots=True, kw_only=True)
class _Context:
    """What holds for a part of the program because of what is around it."""

    is_asserted: bool = False
    is_loose: bool = False
    is_expected: bool = False
    is_compared: bool = False


class _Places:
    """The literals of a program and what each is worth."""

    def __init__(self, names: Collection[str], language: str) -> None:
        self._names = names
        self._has_tuples = language in _TUPLES
        self._choices = _CHOICES | ({"in"} if language in _MEMBERSHIPS else set())
        self.found: list[tuple[Token, Worth, bool]] = []
        """With whether it is in a condition that values near it may satisfy as well."""

    def visit(self, group: _Group, around: _Context, expected: int | None = None) -> None:
        """Look at each part of a group; `expected`: the only part that is, where one is."""
        is_block = group.opening == "" or _is_block(group)
        for number, segment in enumerate(_segments(group.items, ends_with_line=is_block)):
            is_expected = around.is_expected if expected is None else number == expected
            is_asserted = around.is_asserted or (is_block and _is_demand(segment))
            context = replace(around, is_asserted=is_asserted, is_expected=is_expected)
            self._segment(segment, context)

    def _segment(self, segment: list[_Item], around: _Context) -> None:
        words = {item.text for item in segment if isinstance(item, Token)}
        head = [item for item in segment if isinstance(item, Token) or not _is_block(item)]
        is_aside = not words.isdisjoint(_CONDITIONS) and not self._calls(head)
        if is_aside or not words.isdisjoint(_NO_CASES):
            # What bounds a loop is left alone; a table that it goes through is not.
            self._only_values(segment)
            return
        context = replace(
            around,
            is_asserted=around.is_asserted or any(map(_ASSERTING.fullmatch, words)),
            is_loose=around.is_loose or any(map(_is_loose, words)),
        )
        if context.is_asserted and not words.isdisjoint(self._choices):
            # Of several right values an answer may have another one than the reference.
            return
        for part in _split(segment, _CONJUNCTIONS):
            self._comparison(part, context)

    def _only_values(self, segment: Sequence[_Item]) -> None:
        before: list[_Item] = []
        for item in segment:
            if isinstance(item, _Group):
                if item.opening != "(" and not _is_index(before, item):
                    self.visit(item, _Context())
                else:
                    self._only_values(item.items)
            before.append(item)

    def _comparison(self, part: list[_Item], context: _Context) -> None:
        """Tell the side that is expected from the one that calls what is under test."""
        sides = list(_split(part, _EQUALITIES))
        if len(sides) != 2:
            self._items(part, context)
            return
        for side, other in (sides, sides[::-1]):
            is_expected = self._calls(other) and not self._calls(side) and self._is_plain(side)
            self._items(side, replace(context, is_expected=is_expected, is_compared=True))

    def _items(self, items: list[_Item], context: _Context) -> None:
        before: list[_Item] = []
        for item in items:
            if isinstance(item, Token):
                if item.kind.is_literal:
                    self.found.append((item, _worth(context), context.is_loose))
            elif item.opening == "{" and _is_block(item):
                self.visit(item, _Context())
            elif not _is_index(before, item):
                self._arguments(before, item, context)
            before.append(item)

    def _arguments(self, before: list[_Item], group: _Group, context: _Context) -> None:
        """Look into brackets; a call that demands equality has an expected argument."""
        if context.is_expected or not _is_equal_call(before, group):
            self.visit(group, context)
            return
        parts = list(_segments(group.items, ends_with_line=False))
        calling = [number for number, part in enumerate(parts) if self._calls(part)]
        others = [number for number, part in enumerate(parts) if number not in calling]
        others = [number for number in others if not _is_name(parts[number])]
        has_subject = len(calling) == 1 or (not calling and self._calls(before))
        expected = others[0] if has_subject and len(others) == 1 else -1
        if expected >= 0 and not self._is_plain(parts[expected]):
            expected = -1
        self.visit(group, replace(context, is_expected=False, is_compared=True), expected)

    def _is_plain(self, items: Sequence[_Item]) -> bool:
        """Whether this is a value written out: another literal in it is another value."""
        before: _Item | None = None
        for item in items:
            if isinstance(item, Token):
                if item.kind is Kind.MARK and item.text not in _PLAIN_MARKS:
                    return False
            elif not self._is_constructing(before, item) or not self._is_plain(item.items):
                return False
            before = item
        return True

    def _is_constructing(self, before: _Item | None, group: _Group) -> bool:
        if isinstance(before, Token) and before.kind is Kind.WORD:
            return group.opening == "{" or before.text in _CONSTRUCTORS
        if group.opening == "(":
            # What makes a tuple in one language gives the last of its values in another.
            commas = [item for item in group.items if isinstance(item, Token) and item.text == ","]
            return self._has_tuples or not commas
        return group.opening == "{" or not isinstance(before, _Group)

    def _calls(self, items: Sequence[_Item]) -> bool:
        """Whether what is under test is named in here."""
        return any(
            self._calls(item.items) if isinstance(item, _Group) else item.text in self._names
            for item in items
        )


def _worth(context: _Context) -> Worth:
    if context.is_expected:
        is_strict = context.is_asserted and not context.is_loose
        return Worth.EXPECTED if is_strict else Worth.COMPARED
    if context.is_asserted or context.is_compared:
        return Worth.ASSERTED
    return Worth.OTHER


def _split(items: list[_Item], marks: Collection[str]) -> Iterator[list[_Item]]:
    part: list[_Item] = []
    for item in items:
        if isinstance(item, Token) and item.text in marks:
            yield part
            part = []
        else:
            part.append(item)
    yield part


def _is_loose(word: str) -> bool:
    """Whether several values may satisfy a condition that this is part of."""
    return word in _LOOSE_MARKS or _LOOSE_WORD.fullmatch(word) is not None


def _is_block(group: _Group) -> bool:
    """Whether these are statements, and no list of values."""
    if group.opening != "{":
        return False
    words = [item.text for item in group.items if isinstance(item, Token)]
    return ";" in words or any(map(_ASSERTING.fullmatch, words)) or _has_statements(words)


def _has_statements(words: list[str]) -> bool:
    return not {"=", ":=", "fn", "func", "def", "if", "for", "while", "return"}.isdisjoint(words)


def _is_index(before: list[_Item], group: _Group) -> bool:
    """Whether this is a position or a size: `rows[2]`, `new int[3]`."""
    if group.opening != "[" or not before:
        return False
    last = before[-1]
    if isinstance(last, _Group):
        return True
    return last.kind is Kind.WORD and last.text not in _NO_NAMES and not last.text.endswith("!")


def _is_equal_call(before: list[_Item], group: _Group) -> bool:
    last = before[-1] if before else None
    return (
        group.opening == "("
        and isinstance(last, Token)
        and last.kind is Kind.WORD
        and _EQUAL_CALL.fullmatch(last.text) is not None
    )


def _is_demand(segment: list[_Item]) -> bool:
    """Whether a statement is a call that demands equality, by whatever name."""
    head: list[_Item] = []
    for item in segment:
        if isinstance(item, _Group):
            return _is_equal_call(head, item)
        if item.kind is not Kind.WORD and item.text != ".":
            return False
        head.append(item)
    return False


def _is_name(items: list[_Item]) -> bool:
    """Whether this is a bare name, like Go's `t`; or nothing."""
    return not any(isinstance(item, _Group) or item.kind.is_literal for item in items)
