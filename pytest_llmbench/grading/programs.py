"""Whole programs: what runs them, and what their end says."""

from __future__ import annotations

import signal
from typing import Protocol

from pytest_llmbench.errors import ConfigError
from pytest_llmbench.grading.candidate import MEMORY_WORDS, CandidateProcess, Ran
from pytest_llmbench.grading.failures import CandidateFailed
from pytest_llmbench.languages import Build, Language
from pytest_llmbench.vocabulary import Limits, Outcome

__all__ = ["Start", "died", "program_build", "says"]

_SHOWN = 3000
_OUTCOMES = {signal.SIGXCPU: Outcome.TIMEOUT, signal.SIGXFSZ: Outcome.OUTPUT_LIMIT}


class Start(Protocol):
    """Starts an answer's process in a fresh sandbox; whoever asks has to close it."""

    def __call__(
        self, language: Language, limits: Limits, *, is_program: bool = False
    ) -> CandidateProcess: ...


def program_build(language: Language) -> Build:
    """Return how whole programs of a language are run; raise ConfigError where they are not."""
    if language.program is None:
        raise ConfigError(f"whole programs in {language.title} cannot be run")
    return language.program


def died(ran: Ran) -> CandidateFailed:
    """Say what a program's end with another status than 0 means."""
    said = ran.stderr.strip()[-_SHOWN:]
    number = ran.status - 128
    name = signal.Signals(number).name if number in set(signal.Signals) else ""
    outcome = _OUTCOMES.get(signal.Signals(number)) if name else None
    if outcome is None:
        is_memory = any(words in said for words in MEMORY_WORDS)
        outcome = Outcome.MEMORY_LIMIT if is_memory else Outcome.RUNTIME_ERROR
    status = f"killed by {name}" if name else f"exit status {ran.status}"
    return CandidateFailed(outcome, f"{status}\n{said}".rstrip())


def says(ran: Ran) -> str:
    """Return all that a program printed."""
    return f"{ran.stderr}\n{ran.stdout}"
