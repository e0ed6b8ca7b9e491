"""Judging SQL: engines that run it, and the comparison of rows outside them."""

from __future__ import annotations

from pytest_llmbench.grading.sql.judge import SqlJudge

__all__ = ["SqlJudge"]
