"""Judging answers: sandboxes, and the comparison outside them."""

from __future__ import annotations

from pytest_llmbench.grading.candidate import CandidateProcess
from pytest_llmbench.grading.failures import CandidateFailed, CandidateRaised, HarnessError
from pytest_llmbench.grading.judge import Judge
from pytest_llmbench.grading.sandbox import Sandbox, find_sandbox

__all__ = [
    "CandidateFailed",
    "CandidateProcess",
    "CandidateRaised",
    "HarnessError",
    "Judge",
    "Sandbox",
    "find_sandbox",
]
