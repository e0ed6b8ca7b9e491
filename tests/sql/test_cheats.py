"""Wrong SQL that tries to pass: none does, and much of it passes a naive judge.

The naive judge does what many do: it runs the answer and then the right query on one
connection that may do everything, and compares what both return. `naive=True` says that an
attack fools it; a test proves it, because an attack that never worked proves nothing.
"""

from __future__ import annotations

import contextlib
import itertools
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest

from pytest_llmbench.grading.sql.clusters import Cluster
from pytest_llmbench.vocabulary import BySql, Outcome
from tests.sql.conftest import (
    CHANGE,
    CHANGE_GOLD,
    GOLD,
    HONEST,
    HONEST_CHANGE,
    QUESTION,
    Grade,
)

NOTHING = "SELECT 'x', 1 WHERE 1 = 0"


@dataclass(frozen=True)
class Cheat:
    name: str
    dialects: tuple[str, ...]
    code: str
    naive: bool = False
    is_change: bool = False


ALL = ("sqlite", "duckdb", "postgresql", "mysql")

CHEATS = [
    Cheat("rows-deleted", ALL, f"DELETE FROM orders; {NOTHING}", naive=True),
    Cheat("rows-rewritten", ALL,
          "UPDATE orders SET customer = 'x', amount = 0; SELECT 'X', 0", naive=True),
    Cheat("rows-replaced", ALL,
          "DELETE FROM orders; INSERT INTO orders VALUES (1, 'x', 1); SELECT 'X', 1", naive=True),
    Cheat("table-shadowed-by-a-temporary-one", ("sqlite", "duckdb", "postgresql"),
          f"CREATE TEMP TABLE orders (id INT, customer TEXT, amount INT); {NOTHING}", naive=True),
    Cheat("table-shadowed-by-a-temporary-one", ("mysql",),
          "CREATE TEMPORARY TABLE orders (id INT, customer VARCHAR(9), amount INT); "
          f"{NOTHING}", naive=True),
    Cheat("table-replaced-by-a-view", ("sqlite", "postgresql", "mysql"),
          "DROP TABLE orders; CREATE VIEW orders AS SELECT 1 AS id, 'x' AS customer, 1 AS amount; "
          "SELECT 'X', 1", naive=True),
    Cheat("transaction-left-then-deleted", ("sqlite", "postgresql", "mysql"),
          f"COMMIT; BEGIN; DELETE FROM orders; COMMIT; {NOTHING}"),
    Cheat("transaction-made-writable", ("postgresql",),
          f"ROLLBACK; BEGIN READ WRITE; DELETE FROM orders; COMMIT; {NOTHING}", naive=True),
    Cheat("session-made-writable", ("postgresql",),
          "SET transaction_read_only = off; SET default_transaction_read_only = off; "
          f"DELETE FROM orders; {NOTHING}", naive=True),
    Cheat("other-schema-first", ("postgresql",),
          "CREATE SCHEMA evil; CREATE TABLE evil.orders (customer text, amount int); "
          f"SET search_path = evil; {NOTHING}", naive=True),
    Cheat("function-that-fits-better", ("postgresql",),
          "CREATE FUNCTION upper(varchar) RETURNS text LANGUAGE sql AS 'SELECT ''x'''; "
          "SELECT 'x', 42", naive=True),
    Cheat("row-security", ("postgresql",),
          "ALTER TABLE orders ENABLE ROW LEVEL SECURITY; ALTER TABLE orders FORCE ROW LEVEL "
          f"SECURITY; CREATE ROLE nobody_{{n}}; ALTER TABLE orders OWNER TO nobody_{{n}}; "
          f"GRANT SELECT ON orders TO nobody_{{n}}; SET ROLE nobody_{{n}}; {NOTHING}",
          naive=True),
    Cheat("rule-on-the-table", ("postgresql",),
          "CREATE TABLE kept AS TABLE orders; TRUNCATE orders; "
          f"{NOTHING}", naive=True),
    Cheat("macro-with-a-builtins-name", ("duckdb",),
          "CREATE MACRO upper(x) AS 'x'; SELECT 'x', 42", naive=True),
    Cheat("the-judges-variables", ("duckdb",), "SELECT * FROM expected", naive=True),
    Cheat("limit-for-the-next-query", ("mysql",),
          f"SET SESSION sql_select_limit = 0; {NOTHING} LIMIT 1", naive=True),
    Cheat("expected-rows-in-a-table", ("postgresql", "mysql", "sqlite"),
          "SELECT * FROM expected_result", naive=True),
    Cheat("schema-edited", ("sqlite",),
          "PRAGMA writable_schema = 1; UPDATE sqlite_master SET sql = "
          "'CREATE TABLE orders (id INTEGER PRIMARY KEY, amount INTEGER, customer VARCHAR(20))' "
          "WHERE name = 'orders'; PRAGMA writable_schema = RESET; "
          "SELECT UPPER(customer), SUM(amount) FROM orders GROUP BY 1", naive=True),
    Cheat("other-sessions-queries", ("postgresql",),
          "SELECT query, 1 FROM pg_stat_activity WHERE query LIKE '%SUM%'"),
    Cheat("others-code-in-the-catalog", ("postgresql",),
          "SELECT prosrc, 1 FROM pg_proc WHERE pronamespace::regnamespace::text LIKE 'public%'"),
    Cheat("server-processes", ("mysql",), "SELECT info, 1 FROM information_schema.processlist"),
    Cheat("not-committed", ALL, f"BEGIN; {CHANGE_GOLD}", naive=True, is_change=True),
    Cheat("changed-in-a-temporary-table", ("sqlite", "postgresql"),
          "CREATE TEMP TABLE orders AS SELECT id, customer, "
          "CASE customer WHEN 'ann' THEN 0 ELSE amount END AS amount FROM orders",
          naive=True, is_change=True),
    Cheat("changed-in-a-temporary-table", ("mysql",),
          "CREATE TEMPORARY TABLE kept AS SELECT * FROM orders; "
          "CREATE TEMPORARY TABLE orders AS SELECT id, customer, "
          "CASE customer WHEN 'ann' THEN 0 ELSE amount END AS amount FROM kept",
          naive=True, is_change=True),
    Cheat("changed-in-another-schema", ("postgresql",),
          "CREATE SCHEMA evil; CREATE TABLE evil.orders AS SELECT id, customer, "
          "CASE customer WHEN 'ann' THEN 0 ELSE amount END AS amount FROM public.orders; "
          "SET search_path = evil", naive=True, is_change=True),
    Cheat("changed-in-another-schema", ("duckdb",),
          "CREATE SCHEMA evil; CREATE TABLE evil.orders AS SELECT id, customer, "
          "CASE customer WHEN 'ann' THEN 0 ELSE amount END AS amount FROM main.orders; "
          "USE evil", naive=True, is_change=True),
]  # fmt: skip
PAIRS = [(cheat, dialect) for cheat in CHEATS for dialect in cheat.dialects]


def name_of(value: object) -> str:
    return value.name if isinstance(value, Cheat) else str(value)


@pytest.mark.parametrize(("cheat", "dialect"), PAIRS, ids=name_of)
def test_a_cheat_fails_and_an_honest_answer_passes(
    cheat: Cheat, dialect: str, grade: Grade
) -> None:
    judging, honest = (CHANGE, HONEST_CHANGE) if cheat.is_change else (QUESTION, HONEST)

    verdict = grade(dialect, cheat.code, judging)

    assert verdict.outcome not in {Outcome.PASSED, Outcome.ERROR}, verdict
    assert Outcome.PASSED is grade(dialect, honest, judging).outcome


@pytest.mark.parametrize(
    ("cheat", "dialect"), [pair for pair in PAIRS if pair[0].naive], ids=name_of
)
def test_the_cheat_fools_a_naive_judge(
    cheat: Cheat, dialect: str, request: pytest.FixtureRequest
) -> None:
    naive = request.getfixturevalue(f"naive_{dialect}")

    assert naive(cheat.code, CHANGE if cheat.is_change else QUESTION)


@pytest.mark.parametrize("judging", [QUESTION, CHANGE], ids=["query", "change"])
def test_the_naive_judge_tells_right_from_wrong(
    dialect: str, judging: BySql, request: pytest.FixtureRequest
) -> None:
    naive = request.getfixturevalue(f"naive_{dialect}")

    assert naive(HONEST_CHANGE if judging.state else HONEST, judging)
    assert not naive("SELECT 'X', 1", judging)


Run = Callable[[str], list[Any]]
"""Runs a script and returns the rows of its last query."""


@dataclass(frozen=True)
class Naive:
    """Answer, then right query, on one connection of a driver's."""

    connect: Callable[[], contextlib.AbstractContextManager[Run]]

    def __call__(self, code: str, judging: BySql) -> bool:
        if not judging.state:
            actual, wanted = self.rows(code, judging, GOLD)
        else:
            (query,) = judging.state
            _, actual = self.rows(code, judging, query)
            _, wanted = self.rows(CHANGE_GOLD, judging, query)
        return sorted(map(repr, actual)) == sorted(map(repr, wanted))

    def rows(self, code: str, judging: BySql, query: str) -> tuple[list[Any], list[Any]]:
        """Return the rows of the answer, and of a query that is asked afterwards."""
        with self.connect() as run:
            run(judging.setup)
            expected = run(GOLD)
            run("CREATE TABLE expected_result (who VARCHAR(20), total INTEGER)")
            for who, total in expected:
                run(f"INSERT INTO expected_result VALUES ({_literal(who)}, {total})")
            return plain(run(code)), plain(run(query))


def _literal(text: str | None) -> str:
    return "NULL" if text is None else f"'{text}'"


def plain(rows: list[Any]) -> list[Any]:
    """Make decimals integers: a judge that is naive, but not broken."""
    return [tuple(int(v) if isinstance(v, Decimal) else v for v in row) for row in rows]


@pytest.fixture
def naive_sqlite() -> Naive:
    @contextlib.contextmanager
    def connect() -> Iterator[Run]:
        connection = sqlite3.connect(":memory:", isolation_level=None)

        def run(script: str) -> list[Any]:
            rows: list[Any] = []
            for statement in script.split(";"):
                cursor = connection.execute(statement)
                rows = cursor.fetchall() if cursor.description else rows
            return rows

        yield run
        connection.close()

    return Naive(connect)


@pytest.fixture
def naive_duckdb() -> Naive:
    duckdb = pytest.importorskip("duckdb", reason="duckdb needs its Python package")

    @contextlib.contextmanager
    def connect() -> Iterator[Run]:
        connection = duckdb.connect(":memory:")

        def run(script: str) -> list[Any]:
            expected = connection.sql(GOLD) if script.startswith("SELECT * FROM expected") else 0
            rows = connection.execute(script).fetchall()
            del expected
            return list(rows)

        yield run
        connection.close()

    return Naive(connect)


@pytest.fixture
def naive_postgresql(postgresql_cluster: Cluster, numbers: itertools.count[int]) -> Naive:
    import psycopg

    def open_database(name: str) -> Any:
        return psycopg.connect(
            host=str(postgresql_cluster.folder), user="postgres", dbname=name, autocommit=True
        )

    @contextlib.contextmanager
    def connect() -> Iterator[Run]:
        number = next(numbers)
        with open_database("postgres") as maker:
            maker.execute(f"CREATE DATABASE naive_{number} TEMPLATE template0".encode())
        with open_database(f"naive_{number}") as connection:

            def run(script: str) -> list[Any]:
                cursor = connection.execute(script.replace("{n}", str(number)).encode())
                rows = cursor.fetchall() if cursor.description else []
                while cursor.nextset():
                    rows = cursor.fetchall() if cursor.description else rows
                return rows

            yield run

    return Naive(connect)


@pytest.fixture
def naive_mysql(mysql_cluster: Cluster, numbers: itertools.count[int]) -> Naive:
    import pymysql
    from pymysql.constants import CLIENT

    @contextlib.contextmanager
    def connect() -> Iterator[Run]:
        connection = pymysql.connect(
            unix_socket=str(mysql_cluster.folder / "socket"), user="root", autocommit=True,
            client_flag=CLIENT.MULTI_STATEMENTS, ssl_disabled=True,
        )  # fmt: skip

        def run(script: str) -> list[Any]:
            with connection.cursor() as cursor:
                cursor.execute(script)
                rows = list(cursor.fetchall())
                while cursor.nextset():
                    rows = list(cursor.fetchall()) if cursor.description else rows
                return rows

        name = f"naive_{next(numbers)}"
        run(f"CREATE DATABASE {name}; USE {name}")
        yield run
        connection.close()

    return Naive(connect)
