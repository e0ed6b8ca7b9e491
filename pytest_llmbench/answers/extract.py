"""From what a model wrote to the program that is judged."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pytest_llmbench.answers.bare import bare_code, begins_with_code
from pytest_llmbench.answers.page import Block, Page, read_page
from pytest_llmbench.answers.starters import completed
from pytest_llmbench.languages import Grammar
from pytest_llmbench.languages.dialects import grammar_of
from pytest_llmbench.languages.grammar import is_never_code
from pytest_llmbench.vocabulary import Answer, ByCheck, ByValue, Problem

__all__ = ["extract"]


def extract(text: str, problem: Problem) -> Answer:
    """Find the program in an answer; `code` is None where there is none.

    What counts, the first that there is:

    1. Code blocks that define the entry point. A block tagged with the wanted language
       goes before an untagged one, that before any other, a closed one before one that
       is cut off; of equals the last. Other blocks are put before it only if they define
       a name that it uses and does not define, and do not mention the entry point
       themselves (which usage examples and tests do).
       Without a known entry point: all blocks of the best tag that define something,
       in order, except tests and those of which a later block defines something anew.
    2. The beginning of the text, up to the first fence, if the text begins with code.
    3. The longest code block of the best tag. Shells, output and data are no code.
    4. Code without a fence, after and between paragraphs of prose.

    Where the problem has a starter, the result is a whole program in any case: a
    definition gets what the starter has before its own, a body is put below the starter.
    Reasoning (`<think>...</think>`) is left out first; if it never ends, so does the rest.
    """
    if problem.language == "text":
        return Answer(code=None, language="text", how="none")
    finder = _Finder(grammar_of(problem.language), _entry_point(problem), bool(problem.starter))
    found = finder.find(text)
    if found is None:
        return Answer(code=None, language=problem.language, how="none")
    code, how = found.code, found.how
    if problem.starter and finder.entry_point:
        code, is_whole = completed(problem.starter, code, finder.entry_point, finder.grammar)
        how = how if is_whole else "continuation"
    return Answer(code=code, language=problem.language, how=how)


def _entry_point(problem: Problem) -> str | None:
    if problem.entry_point is None and isinstance(problem.judging, ByValue | ByCheck):
        return problem.judging.entry_point
    return problem.entry_point


@dataclass(frozen=True, slots=True)
class _Found:
    code: str
    how: str


@dataclass(frozen=True, slots=True)
class _Finder:
    """The rules of `extract` for one problem."""

    grammar: Grammar
    entry_point: str | None
    has_starter: bool

    def find(self, text: str) -> _Found | None:
        page = read_page(text, self.grammar.fences)
        blocks = [self._at_margin(block) for block in page.blocks if self._may_be_code(block)]
        defining = self._entry_block(blocks) if self.entry_point else self._defining(blocks)
        return defining or self._leading(page) or self._longest(blocks) or self._bare(page)

    def _may_be_code(self, block: Block) -> bool:
        return block.tag in self.grammar.fences or not is_never_code(block.tag)

    def _at_margin(self, block: Block) -> Block:
        """Move a block to the margin that is indented as a whole, unless it is a body."""
        code = _dedented(block.code)
        is_body = self.has_starter and not self._defines_entry(code)
        return block if is_body else Block(tag=block.tag, code=code, is_closed=block.is_closed)

    def _defines_entry(self, code: str) -> bool:
        return self.entry_point is not None and self.grammar.defines(code, self.entry_point)

    def _rank(self, block: Block) -> int:
        if block.tag in self.grammar.fences:
            return 2
        return 1 if not block.tag else 0

    def _entry_block(self, blocks: list[Block]) -> _Found | None:
        candidates = [block for block in blocks if self._defines_entry(block.code)]
        if not candidates:
            return None
        # max() gives the first of equals: the last one is wanted.
        chosen = max(reversed(candidates), key=lambda block: (self._rank(block), block.is_closed))
        pool = [block for block in blocks if self._rank(block) == self._rank(chosen)]
        return _found([*self._helpers(chosen, pool), chosen])

    def _helpers(self, chosen: Block, pool: list[Block]) -> list[Block]:
        """Give the blocks that define what the chosen one, or another of them, lacks."""
        offered: dict[str, int] = {}
        for number, block in enumerate(pool):
            if self.entry_point not in _words(block.code) and not self.grammar.is_test(block.code):
                offered.update(dict.fromkeys(self.grammar.names(block.code), number))
        own = self.grammar.names(chosen.code)
        taken: set[int] = set()
        lacking = [_words(chosen.code) - own]
        while lacking:
            for name in lacking.pop() & offered.keys():
                if offered[name] not in taken:
                    taken.add(offered[name])
                    lacking.append(_words(pool[offered[name]].code) - own)
        return [pool[number] for number in sorted(taken)]

    def _defining(self, blocks: list[Block]) -> _Found | None:
        """Join the blocks that define something, where no entry point is known."""
        candidates = [block for block in blocks if self.grammar.definitions(block.code)]
        if not candidates:
            return None
        best = max((self._rank(block), block.is_closed) for block in candidates)
        same = [
            block
            for block in blocks
            if (self._rank(block), block.is_closed) == best and self.grammar.names(block.code)
        ]
        own = [block for block in same if not self.grammar.is_test(block.code)] or same
        kept: list[Block] = []
        later: set[str] = set()
        for block in reversed(own):
            names = self.grammar.definitions(block.code)
            if later.isdisjoint(names):
                kept.append(block)
            later |= names
        return _found(kept[::-1])

    def _leading(self, page: Page) -> _Found | None:
        if not page.blocks or not begins_with_code(page.lead, self.grammar, self.has_starter):
            return None
        return self._bare_text(page.lead)

    def _longest(self, blocks: list[Block]) -> _Found | None:
        if not blocks:
            return None
        best = max(self._rank(block) for block in blocks)
        same = [block for block in blocks if self._rank(block) == best]
        return _found([max(reversed(same), key=lambda block: len(block.code))])

    def _bare(self, page: Page) -> _Found | None:
        return self._bare_text(page.outside)

    def _bare_text(self, text: str) -> _Found | None:
        """Read text without a fence; of a body every space is kept."""
        whole = _dedented(text)
        if self._defines_entry(whole) or not self.has_starter:
            text = whole
        code = bare_code(text, self.grammar, self.has_starter)
        return None if code is None else _Found(code, "bare")


def _found(blocks: list[Block]) -> _Found:
    code = "\n\n".join(block.code for block in blocks)
    return _Found(code, "fence" if blocks[-1].is_closed else "open-fence")


def _words(code: str) -> set[str]:
    return set(re.findall(r"[A-Za-z_$][\w$]*", code))


def _dedented(code: str) -> str:
    """Take off the indentation that all lines share; blank lines do not count."""
    lines = code.split("\n")
    margin: str | None = None
    for line in lines:
        stripped = line.lstrip(" \t")
        if stripped.strip():
            indent = line[: len(line) - len(stripped)]
            margin = indent if margin is None else _common(margin, indent)
            if not margin:
                return code
    if not margin:
        return code
    return "\n".join(line.removeprefix(margin) for line in lines)


def _common(one: str, other: str) -> str:
    shorter = min(len(one), len(other))
    while one[:shorter] != other[:shorter]:
        shorter -= 1
    return one[:shorter]
