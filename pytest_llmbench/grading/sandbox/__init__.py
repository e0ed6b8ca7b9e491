"""Where answers run: one interface, and what isolates them on this machine."""

from __future__ import annotations

from pytest_llmbench.grading.sandbox.interface import Program, Sandbox, SandboxedProcess
from pytest_llmbench.grading.sandbox.tiers import TIERS, find_sandbox, open_tier

__all__ = [
    "TIERS",
    "Program",
    "Sandbox",
    "SandboxedProcess",
    "find_sandbox",
    "open_tier",
]
