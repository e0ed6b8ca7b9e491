"""What can be said of Oracle without one: its URL, and what is used of its driver."""

from __future__ import annotations

import inspect

import pytest

from pytest_llmbench.grading.failures import HarnessError
from pytest_llmbench.grading.sql.oracle import Oracle, _parameters
from pytest_llmbench.vocabulary import Secret


def test_a_url_is_read() -> None:
    parameters = _parameters(Secret("oracle://me:p%40ss@db.example/FREEPDB1"))

    assert "me" == parameters["user"]
    assert "p@ss" == parameters["password"].reveal()
    assert "db.example:1521/FREEPDB1" == parameters["dsn"]


@pytest.mark.parametrize(
    "url", ["", "oracle://u:p4ss@host", "mysql://u:p4ss@host/x", "oracle://u:p4ss@host:p4ss/x"]
)
def test_a_url_that_is_none_is_not_repeated(url: str) -> None:
    with pytest.raises(HarnessError, match="PYTEST_LLM_ORACLE_URL") as caught:
        _parameters(Secret(url))

    assert "p4ss" not in str(caught.value)


def test_without_a_url_it_is_missing() -> None:
    assert "oracle needs" in str(Oracle().missing())
    assert Oracle().version() is None


def test_the_driver_has_what_is_used_of_it() -> None:
    oracledb = pytest.importorskip("oracledb", reason="oracle needs python-oracledb")

    for name in ("NUMBER", "CHAR", "NCHAR", "CLOB", "NCLOB", "BLOB", "LONG", "LONG_RAW"):
        assert hasattr(oracledb, f"DB_TYPE_{name}")
    assert ("years", "months") == oracledb.IntervalYM._fields
    for name in ("autocommit", "call_timeout", "outputtypehandler", "version", "cursor"):
        assert hasattr(oracledb.Connection, name)
    oracledb.ConnectParams(user="u", password="p", tcp_connect_timeout=1)
    assert "arraysize" in inspect.signature(oracledb.Cursor.var).parameters
    assert "outconverter" in inspect.signature(oracledb.Cursor.var).parameters
