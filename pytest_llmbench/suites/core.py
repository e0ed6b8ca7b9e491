"""The suite that ships with the package: small problems of our own, in every language."""

from __future__ import annotations

from pathlib import Path

from pytest_llmbench.suites.taskfile import load_task_file
from pytest_llmbench.vocabulary import Suite

__all__ = ["load_core"]


def load_core() -> Suite:
    """Read the built-in task file; it names its languages itself."""
    return load_task_file(Path(__file__).with_name("core.llmbench.yaml"), lambda _: True)
