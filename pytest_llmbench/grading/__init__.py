"""Judging answers: languages, sandboxes, and the comparison outside them."""

from __future__ import annotations

from pytest_llmbench.grading.candidate import CandidateProcess
from pytest_llmbench.grading.failures import CandidateFailed, CandidateRaised, HarnessError
from pytest_llmbench.grading.judge import Judge
from pytest_llmbench.grading.languages import LANGUAGES, Language, find_language
from pytest_llmbench.grading.sandbox import Sandbox, find_sandbox

__all__ = [
    "LANGUAGES",
    "CandidateFailed",
    "CandidateProcess",
    "CandidateRaised",
    "HarnessError",
    "Judge",
    "Language",
    "Sandbox",
    "find_language",
    "find_sandbox",
]
