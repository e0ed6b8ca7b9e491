"""The project's own tests use pytest's `pytester` to run whole sessions of the plugin."""

from __future__ import annotations

pytest_plugins = ["pytester"]
