"""`@pytest.mark.llm(...)`: what a test function says about its problem."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import Any

import pytest

from pytest_llmbench.errors import ConfigError
from pytest_llmbench.signature import Signature, parse_signature
from pytest_llmbench.vocabulary import ByBody, Limits, Problem

__all__ = ["LLMMark", "MarkError", "read_mark"]


class MarkError(ValueError):
    """A wrong argument of the mark."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LLMMark:
    """The arguments of `@pytest.mark.llm`."""

    prompt: str | None = None
    """What the model is asked, sent as it stands."""
    language: str | None = None
    """Language of the answer; default `python` with a prompt, `text` without."""
    signature: str | None = None
    """The function that `solution` calls, for languages where calls are compiled."""
    id: str | None = None
    """Task id of the records; default: the node id."""
    tags: tuple[str, ...] = ()
    difficulty: str | None = None
    time_limit_s: float | None = None
    """Seconds that one call of the answer may take."""
    reference: str | None = None
    """A known-right answer, for `--llm-calibrate`."""
    mutants: tuple[str, ...] = ()
    """Known-wrong answers."""

    @property
    def answered_in(self) -> str:
        """The name of the answer's language."""
        return _canonical(self.language or ("text" if self.prompt is None else "python"))

    def check_callable(self) -> None:
        """Raise MarkError where no test can call a function of the answer."""
        language = self.answered_in
        if language in {"text", "python"}:
            return
        from pytest_llmbench.languages import cannot_call, find_language

        signature = None if self.signature is None else _parsed(self.signature)
        if why := cannot_call(find_language(language), signature):
            hint = "" if signature else "; add signature='add(a: int, b: int) -> int'"
            raise MarkError(f"{why}{hint}")

    def problem(self, *, suite: str, task_id: str, default_time_s: float | None) -> Problem:
        signature = None if self.signature is None else _parsed(self.signature)
        time_s = self.time_limit_s or default_time_s
        return Problem(
            suite=suite,
            id=task_id,
            task_id=task_id,
            language=self.answered_in,
            prompt=self.prompt or "",
            judging=ByBody(signature=signature),
            entry_point=signature.name if signature else None,
            references=(self.reference,) if self.reference else (),
            mutants=self.mutants,
            difficulty=self.difficulty,
            tags=self.tags,
            limits=Limits() if time_s is None else Limits(time_s=time_s),
        )


_TEXT = ("prompt", "language", "signature", "id", "difficulty", "reference")
_TEXTS = ("tags", "mutants")
_KNOWN = (*_TEXT, *_TEXTS, "time_limit_s")
_FACTS = ("suite", "model", "task_id")
"""What the plugin itself puts on the items of suites, for `-m "llm(model='x')"`."""


def read_mark(marks: list[pytest.Mark]) -> LLMMark:
    """Merge the marks of a test, nearest first; raise MarkError for a wrong argument."""
    merged: dict[str, Any] = {}
    for mark in reversed(marks):
        if mark.args:
            msg = "takes keyword arguments only: @pytest.mark.llm(prompt=..., language=...)"
            raise MarkError(msg)
        merged |= {name: value for name, value in mark.kwargs.items() if name not in _FACTS}
    for name, value in merged.items():
        _check(name, value)
    for name in _TEXTS:
        if name in merged:
            merged[name] = tuple(merged[name])
    return LLMMark(**merged)


def _canonical(language: str) -> str:
    if language == "text":
        return language
    from pytest_llmbench.languages import find_language

    try:
        return find_language(language).name
    except ConfigError as error:
        raise MarkError(str(error)) from None


def _parsed(signature: str) -> Signature:
    try:
        return parse_signature(signature)
    except ValueError as error:
        raise MarkError(f"signature: {error}") from None


def _check(name: str, value: object) -> None:
    if name not in _KNOWN:
        near = difflib.get_close_matches(name, _KNOWN, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(_KNOWN)}"
        raise MarkError(f"unknown argument {name!r}; {hint}")
    if name in _TEXT and not isinstance(value, str):
        raise MarkError(f"{name} must be text, not {value!r}")
    if name == "prompt" and not str(value).strip():
        raise MarkError("prompt must not be empty")
    if name == "language":
        _canonical(str(value))
    if name == "signature":
        _parsed(str(value))
    if name in _TEXTS and not (
        isinstance(value, list | tuple) and all(isinstance(item, str) for item in value)
    ):
        raise MarkError(f"{name} must be a list of texts, not {value!r}")
    if name == "time_limit_s" and not (isinstance(value, int | float) and value > 0):
        raise MarkError(f"{name} must be a number of seconds, not {value!r}")
