"""An answer as Markdown: its code blocks, and the text outside of them, without reasoning.

The reading is CommonMark's where answers follow it, and forgiving where models do not:
a fence may be indented by any width (lists), open at the end of a line of prose, or
never be closed. Reasoning counts as such only outside of code blocks, at the start of
a line; what is inside of it counts for nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["Block", "Page", "read_page"]

_MAX_DEPTH = 3
"""Blocks inside blocks; each level reads its text again."""
_WRAPPERS = frozenset({"", "markdown", "md", "mdx", "text", "txt", "plaintext", "plain"})
"""Tags of blocks that may hold an answer with blocks of its own."""

_FENCE = re.compile(r"([ \t]*)(`{3,}|~{3,})([^\n]*)")
_TAG = re.compile(r"[{. \t]*(?:lang(?:uage)?-)?([\w+#-]*)")
_REASONING = "think|thinking|thought|thoughts|reasoning|reflection|scratchpad"
_OPENED = re.compile(rf"[ \t]*<({_REASONING})>", re.IGNORECASE)
_SPECIAL = re.compile(rf"```|~~~|<(?:{_REASONING})>", re.IGNORECASE)
_ANY_OPENED = re.compile(rf"<(?:{_REASONING})>", re.IGNORECASE)
_ANY_CLOSED = re.compile(
    rf"^[ \t]*</(?:{_REASONING})>|</(?:{_REASONING})>[ \t]*$", re.IGNORECASE | re.MULTILINE
)
_CLOSED = {name: re.compile(rf"</{name}>", re.IGNORECASE) for name in _REASONING.split("|")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One code block; its fence's indentation is taken off its lines."""

    tag: str
    """First word of the info string, in lower case; empty where there is none."""
    code: str
    is_closed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    lead: str
    """Text before the first block."""
    outside: str
    """All text outside of blocks, `lead` included."""
    blocks: tuple[Block, ...]


def read_page(text: str, tags: frozenset[str]) -> Page:
    """Read an answer; `tags` are those that may follow a fence in the middle of a line."""
    reader = _Reader(text.removeprefix("\ufeff").replace("\r\n", "\n"), tags)
    reader.read()
    pieces = reader.pieces
    blocks = [inner for block in reader.blocks for inner in _unwrapped(block, tags, 1)]
    return Page(
        lead="".join(pieces[: reader.before_blocks]),
        outside="".join(pieces),
        blocks=tuple(block for block in blocks if block.code.strip()),
    )


def _unwrapped(block: Block, tags: frozenset[str], depth: int) -> list[Block]:
    """Give the blocks inside a block that wraps a whole answer, else the block itself."""
    if block.tag not in _WRAPPERS or depth > _MAX_DEPTH:
        return [block]
    reader = _Reader(block.code, tags)
    reader.read()
    inner = [
        Block(tag=found.tag, code=found.code, is_closed=found.is_closed or block.is_closed)
        for found in reader.blocks
        if found.code.strip()
    ]
    return [last for found in inner for last in _unwrapped(found, tags, depth + 1)] or [block]


class _Reader:
    """One pass over the text, from line to line."""

    def __init__(self, text: str, tags: frozenset[str]) -> None:
        self._text = text
        self._tags = tags
        self._at = _after_headless_reasoning(text)
        self.pieces: list[str] = []
        self.before_blocks: int | None = None
        """How many pieces stand before the first block."""
        self.blocks: list[Block] = []

    def read(self) -> None:
        while self._at < len(self._text):
            self._take_plain_lines()
            if self._skip_reasoning():
                continue
            end = self._line_end(self._at)
            if not self._read_block(end):
                self.pieces.append(self._text[self._at : end + 1])
                self._at = end + 1

    def _take_plain_lines(self) -> None:
        """Go on to the next line with anything but prose in it."""
        found = _SPECIAL.search(self._text, self._at)
        start = len(self._text) if found is None else found.start()
        if found is not None:
            start = max(self._at, self._text.rfind("\n", self._at, start) + 1)
        if start > self._at:
            self.pieces.append(self._text[self._at : start])
            self._at = start

    def _line_end(self, start: int) -> int:
        end = self._text.find("\n", start)
        return len(self._text) if end < 0 else end

    def _skip_reasoning(self) -> bool:
        opened = _OPENED.match(self._text, self._at)
        if opened is None:
            return False
        closed = _CLOSED[opened[1].lower()].search(self._text, opened.end())
        # Reasoning that never ends: the model did not come to its answer.
        self._at = len(self._text) if closed is None else closed.end()
        return True

    def _read_block(self, end: int) -> bool:
        opening = self._opening(end)
        if opening is None:
            return False
        if self.before_blocks is None:
            self.before_blocks = len(self.pieces)
        indent, fence, tag = opening
        lines: list[str] = []
        at = end + 1
        is_closed = False
        while at < len(self._text) and not is_closed:
            end = self._line_end(at)
            is_closed = self._closes(at, indent, fence)
            if not is_closed:
                lines.append(_outdented(self._text[at:end], indent))
            at = end + 1
        self._at = at
        if not is_closed:
            is_closed = _close_in_line(lines, fence)
        code = "\n".join(lines)
        self.blocks.append(Block(tag=tag, code=f"{code}\n" if code else "", is_closed=is_closed))
        return True

    def _opening(self, end: int) -> tuple[int, str, str] | None:
        """Give indentation, fence and tag where this line opens a block."""
        match = _FENCE.match(self._text, self._at)
        if match is not None:
            indent, fence, rest = match.groups()
            if fence[0] == "`" and "`" in rest:
                return None  # a span of code within a line
            return len(indent), fence, _tag(rest)
        start = self._text.rfind("```", self._at, end)
        if start < 0 or self._text[start + 3 : end].strip().lower() not in self._tags:
            return None
        self.pieces.append(self._text[self._at : start].rstrip("`") + "\n")
        return 0, "```", _tag(self._text[start + 3 : end])

    def _closes(self, at: int, indent: int, fence: str) -> bool:
        """Tell whether the line closes the block.

        One that is indented by four more than its opening does not: it belongs to the
        code, as in a docstring with an example.
        """
        match = _FENCE.match(self._text, at)
        return (
            match is not None
            and match[2][0] == fence[0]
            and len(match[2]) >= len(fence)
            and not match[3].strip()
            and len(match[1]) < indent + 4
        )


def _after_headless_reasoning(text: str) -> int:
    """Give where the answer starts if reasoning was opened by the prompt and only closed here."""
    closed = _ANY_CLOSED.search(text)
    if closed is None or _ANY_OPENED.search(text, 0, closed.start()):
        return 0
    return closed.end()


def _tag(info: str) -> str:
    match = _TAG.match(info)
    return match[1].lower() if match else ""


def _outdented(line: str, indent: int) -> str:
    """Take off as much leading space as the block's fence has, where it is there."""
    return line[:indent].lstrip(" \t") + line[indent:] if indent else line


def _close_in_line(lines: list[str], fence: str) -> bool:
    """Close a block whose fence follows its last line of code: "return x```"."""
    last = next((at for at in reversed(range(len(lines))) if lines[at].strip()), None)
    if last is None or not lines[last].rstrip().endswith(fence):
        return False
    lines[last:] = [lines[last].rstrip().removesuffix(fence)]
    return True
