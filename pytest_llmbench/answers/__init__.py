"""What a model answered: the code in a text, found without ever running or parsing it."""

from __future__ import annotations

from pytest_llmbench.answers.extract import extract

__all__ = ["extract"]
