"""What a model is asked, word for word: pure functions from problems to text."""

from __future__ import annotations

import re

from pytest_llmbench.languages import Language
from pytest_llmbench.signature import Signature

__all__ = ["complete_function", "write_function", "write_program", "write_query"]


def write_function(statement: str, signature: Signature, language: Language) -> str:
    """Ask for a function with an exact signature in one language."""
    return (
        f"{statement.strip()}\n\n"
        f"Write it in {language.title}, as a function with exactly this signature:\n\n"
        f"{_fenced(language.declaration(signature), language.name)}\n\n"
        f"Answer with one complete ```{language.name} code block that holds the whole program."
        " No tests, no input or output.\n"
    )


def write_program(statement: str, language: Language) -> str:
    """Ask for a whole program that reads its input and prints its output."""
    return (
        f"{statement.strip()}\n\n"
        f"Write it in {language.title}, as a whole program that reads from standard input and"
        " writes to standard output.\n\n"
        f"Answer with one complete ```{language.name} code block that holds the whole program.\n"
    )


def write_query(statement: str, title: str, *, is_change: bool) -> str:
    """Ask for a query in a dialect of SQL, or for statements that change data."""
    what = "the statements" if is_change else "one query"
    return (
        f"{statement.strip()}\n\n"
        f"Write it in SQL for {title}.\n\n"
        f"Answer with one ```sql code block that holds {what} and nothing else.\n"
    )


def complete_function(starter: str, entry_point: str, language: Language) -> str:
    """Ask for a function whose beginning is given."""
    return (
        f"Complete the {language.title} function `{entry_point}`:\n\n"
        f"{_fenced(starter.rstrip(), language.name)}\n\n"
        f"Answer with one complete ```{language.name} code block that holds the whole function,"
        " with the imports that it needs. No tests, no input or output.\n"
    )


def _fenced(code: str, tag: str) -> str:
    longest = max((len(run) for run in re.findall(r"`+", code)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{tag}\n{code}\n{fence}"
