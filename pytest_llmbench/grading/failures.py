"""How an answer's process can fail to give a value, as exceptions."""

from __future__ import annotations

from pytest_llmbench.errors import LLMBenchError
from pytest_llmbench.hostile_text import visible
from pytest_llmbench.vocabulary import Outcome

__all__ = ["EVIDENCE_LIMIT", "CallError", "CandidateFailed", "CandidateRaised", "HarnessError"]

EVIDENCE_LIMIT = 4000
"""Characters of evidence that are kept; all of it may be hostile."""


def _one_line(text: str) -> str:
    """Make text of an answer fit for a traceback, which shows it as it is."""
    return visible(text).replace("\n", "\\n")


class CandidateRaised(Exception):  # noqa: N818 - not an error of ours
    """A function of the answer raised an exception, and its process lives on."""

    def __init__(self, types: tuple[str, ...], message: str, traceback: str) -> None:
        super().__init__(types, message, traceback)
        self.types = types
        """Names of the exception's class and of its bases, the class itself first."""
        self.message = message
        self.traceback = traceback
        """The answer's own frames, as text."""

    def __str__(self) -> str:
        return _one_line(f"{self.types[0]}: {self.message}" if self.message else self.types[0])


class CandidateFailed(Exception):  # noqa: N818 - not an error of ours
    """The answer cannot be called any more: its outcome is decided."""

    def __init__(self, outcome: Outcome, evidence: str) -> None:
        super().__init__(outcome, evidence)
        self.outcome = outcome
        self.evidence = evidence

    def __str__(self) -> str:
        return _one_line(f"{self.outcome}: {self.evidence}")


class CallError(LLMBenchError, TypeError):
    """The test called an answer with what cannot be passed: its own mistake."""


class HarnessError(LLMBenchError):
    """The judge could not do its work: says nothing about the answer."""
