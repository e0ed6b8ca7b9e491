"""One sample as people see it in a failure report."""

from __future__ import annotations

from pytest_llmbench.hostile_text import shorten, visible

__all__ = ["gutter", "sections"]

_LONGEST = 4000


def gutter(text: str) -> str:
    """Show hostile text behind a gutter.

    Control characters are spelled out, and no line begins with what the text says, so
    that a CI system does not take a line such as `::error::` for a command.
    """
    lines = visible(shorten(text.rstrip("\n"), _LONGEST)).split("\n")
    return "\n".join(f"  | {line}" for line in lines)


def sections(*, prompt: str, reply: str, answer: str | None) -> list[tuple[str, str]]:
    """Give the captioned sections of a failed sample: prompt, reply, extracted answer."""
    shown = [("llm prompt", gutter(prompt)), ("llm reply", gutter(reply) if reply else "  (empty)")]
    if answer is not None and answer.strip() not in reply:
        shown.append(("llm answer (extracted)", gutter(answer)))
    return shown
