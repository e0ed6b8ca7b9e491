"""Reasoning that a model writes into its text, told from its answer."""

from __future__ import annotations

import re

__all__ = ["CLOSING", "OPENING", "split_reasoning"]

OPENING, CLOSING = "<think>", "</think>"
_BLANK_LINES = re.compile(r"\A(?:[ \t]*\r?\n)+")


def split_reasoning(text: str, *, is_open: bool) -> tuple[str, str]:
    """Give the reasoning at the beginning of a text, and the answer after it.

    `is_open`: the prompt ended with the opening tag, so that the text begins inside.
    Reasoning that does not end leaves no answer: the model was cut off, or gave none.
    """
    begun = text.lstrip()
    if begun.startswith(OPENING):
        begun = begun[len(OPENING) :]
    elif not is_open:
        return "", text
    thought, _, answer = begun.partition(CLOSING)
    return thought.strip(), _BLANK_LINES.sub("", answer)
