"""The errors of the harness; a model's mistakes are outcomes, not errors."""

from __future__ import annotations

__all__ = [
    "ConfigError",
    "LLMBenchError",
    "SandboxUnavailableError",
    "StoreError",
    "SuiteError",
]


class LLMBenchError(Exception):
    """Base of every error that this package raises on purpose."""


class ConfigError(LLMBenchError):
    """A user's mistake in an option or in models.yaml: one line, exit status 4."""


class SuiteError(LLMBenchError):
    """A suite cannot be read: one line that names the file, the place and the fix."""


class SandboxUnavailableError(LLMBenchError):
    """This machine cannot isolate untrusted code the way that was asked for."""


class StoreError(LLMBenchError):
    """The run directory cannot be written."""
