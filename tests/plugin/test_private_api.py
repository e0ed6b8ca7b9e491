"""A canary: the private parts of pytest that `collect.py` relies on, by name."""

from __future__ import annotations

import inspect

import pytest
from _pytest import fixtures, python, runner


def test_a_module_collects_what_getobj_returns() -> None:
    assert "_getobj" in vars(pytest.Module)
    assert "self._getobj()" in inspect.getsource(python.PyobjMixin)


def test_the_default_collection_of_a_node_can_be_called() -> None:
    assert list(inspect.signature(runner.pytest_make_collect_report).parameters) == ["collector"]


def test_the_session_extends_its_items_by_its_report() -> None:
    assert "collect_one_node(self)" in inspect.getsource(pytest.Session.perform_collect)


def test_the_fixtures_of_a_test_can_be_looked_up() -> None:
    assert "_arg2fixturedefs" in inspect.getsource(pytest.Metafunc.__init__)
    assert "_fixtureinfo" in inspect.getsource(python.Function.__init__)
    assert "name2fixturedefs" in inspect.getsource(fixtures.FuncFixtureInfo)


def test_where_arguments_came_from_is_known() -> None:
    assert {"ARGS", "INVOCATION_DIR", "TESTPATHS"} <= set(pytest.Config.ArgsSource.__members__)
