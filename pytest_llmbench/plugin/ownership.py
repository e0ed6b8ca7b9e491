"""Whose fixtures a test asks for: other suites have an `llm` or a `solution` too.

Imported in every session, so this module imports nothing but pytest. It reads
`_arg2fixturedefs` and `_fixtureinfo`, which are private; `tests/plugin/test_private_api.py`
names them.
"""

from __future__ import annotations

import pytest

from pytest_llmbench.plugin import fixtures

__all__ = ["our_fixtures"]

_NAMES = frozenset({"solution", "llm", "llm_model", "llm_samples"})


def our_fixtures(node: pytest.Metafunc | pytest.Function) -> frozenset[str]:
    """Give the names of this plugin's own fixtures that a test function asks for."""
    asked = _NAMES.intersection(node.fixturenames)
    if not asked:
        return frozenset()
    if isinstance(node, pytest.Metafunc):
        definitions = node._arg2fixturedefs
    else:
        definitions = node._fixtureinfo.name2fixturedefs
    return frozenset(
        name
        for name in asked
        if name in definitions and definitions[name][-1].func.__module__ == fixtures.__name__
    )
