"""What a model is asked, word for word: pure functions from problems to text."""

from __future__ import annotations

import re

from pytest_llmbench.signature import Signature
from pytest_llmbench.suites.targets import Target

__all__ = ["complete_function", "write_function"]


def write_function(statement: str, signature: Signature, target: Target) -> str:
    """Ask for a function with an exact signature in one language."""
    return (
        f"{statement.strip()}\n\n"
        f"Write it in {target.title}, as a function with exactly this signature:\n\n"
        f"{_fenced(target.declaration(signature), target.fence)}\n\n"
        f"Answer with one complete ```{target.fence} code block that holds the whole program."
        " No tests, no input or output.\n"
    )


def complete_function(starter: str, entry_point: str, target: Target) -> str:
    """Ask for a function whose beginning is given."""
    return (
        f"Complete the {target.title} function `{entry_point}`:\n\n"
        f"{_fenced(starter.rstrip(), target.fence)}\n\n"
        f"Answer with one complete ```{target.fence} code block that holds the whole function,"
        " with the imports that it needs. No tests, no input or output.\n"
    )


def _fenced(code: str, language: str) -> str:
    longest = max((len(run) for run in re.findall(r"`+", code)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{code}\n{fence}"
