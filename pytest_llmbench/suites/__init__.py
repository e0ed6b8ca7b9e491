"""What is asked: suites of problems, read from public formats and from users' files."""

from __future__ import annotations

from pytest_llmbench.suites.registry import installed_suites, load_suite
from pytest_llmbench.suites.taskfile import load_task_file

__all__ = ["installed_suites", "load_suite", "load_task_file"]
