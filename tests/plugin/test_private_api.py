"""A canary: the private parts of pytest that `collect.py` and `screen.py` rely on, by name."""

from __future__ import annotations

import inspect

import pytest
from _pytest import capture, fixtures, python, runner, terminal
from _pytest._io import TerminalWriter


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


def test_capturing_is_turned_on_and_off_in_one_place() -> None:
    manager = inspect.getsource(capture.CaptureManager)
    assert list(inspect.signature(capture.CaptureManager.suspend_global_capture).parameters) == [
        "self",
        "in_",
    ]
    assert 2 <= manager.count("self.resume_global_capture()")
    assert manager.count("_global_capturing.suspend_capturing(") == 1
    assert manager.count("_global_capturing.resume_capturing(") == 1


def test_the_terminal_is_written_to_through_one_file() -> None:
    source = inspect.getsource(TerminalWriter)
    assert "self._file.write(msg)" in source
    assert "self._current_line = current_line" in source


def test_the_reporter_knows_whether_it_is_in_the_middle_of_a_line() -> None:
    source = inspect.getsource(terminal.TerminalReporter)
    assert "self._tw = " in source
    assert "self.currentfspath = -2" in source
    assert "if self.currentfspath:" in source
