"""A judge of SQL with real engines, and servers as a user would have them.

What a machine lacks is skipped with the words of the engine that it lacks.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator

import pytest

from pytest_llmbench.errors import SandboxUnavailableError
from pytest_llmbench.grading.sandbox import Sandbox, find_sandbox
from pytest_llmbench.grading.sql import SqlJudge
from pytest_llmbench.grading.sql.clusters import Cluster
from pytest_llmbench.grading.sql.mysql import MySQL
from pytest_llmbench.grading.sql.postgresql import PostgreSQL
from pytest_llmbench.vocabulary import BySql, Limits, Verdict

Grade = Callable[..., Verdict]

SETUP = """
CREATE TABLE orders (id INTEGER PRIMARY KEY, customer VARCHAR(20), amount INTEGER);
INSERT INTO orders VALUES (1, 'ann', 10), (2, 'bob', 20), (3, 'ann', 5), (4, NULL, 7);
"""
GOLD = "SELECT UPPER(customer), SUM(amount) FROM orders GROUP BY UPPER(customer)"
HONEST = "SELECT UPPER(o.customer) AS who, SUM(o.amount) AS total FROM orders o GROUP BY 1"
QUESTION = BySql(setup=SETUP, query=GOLD)

CHANGE_GOLD = "UPDATE orders SET amount = 0 WHERE customer = 'ann'"
CHANGE = BySql(setup=SETUP, query=CHANGE_GOLD, state=("SELECT id, customer, amount FROM orders",))
HONEST_CHANGE = (
    "DELETE FROM orders WHERE customer = 'ann';\n"
    "INSERT INTO orders VALUES (3, 'ann', 0), (1, 'ann', 0);"
)

DIALECTS = ("sqlite", "duckdb", "postgresql", "mysql")
SHORT = Limits(time_s=1)
TEN_SECONDS = Limits(time_s=10)


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    try:
        found = find_sandbox("auto")
    except SandboxUnavailableError as error:
        pytest.skip(str(error))
    yield found
    found.close()


@pytest.fixture(scope="session")
def judge(sandbox: Sandbox) -> Iterator[SqlJudge]:
    judge = SqlJudge(sandbox)
    yield judge
    judge.close()


@pytest.fixture
def own_judge(sandbox: Sandbox) -> Iterator[SqlJudge]:
    judge = SqlJudge(sandbox)
    yield judge
    judge.close()


def skip_without(judge: SqlJudge, dialect: str) -> None:
    missing = judge.missing(dialect)
    if missing:
        pytest.skip(missing)


def eventually(claim: Callable[[], object]) -> bool:
    """Wait up to ten seconds: what is removed in the background takes a moment."""
    deadline = time.monotonic() + 10
    while not claim() and time.monotonic() < deadline:
        time.sleep(0.05)
    return bool(claim())


@pytest.fixture(scope="session")
def grade(judge: SqlJudge) -> Grade:
    """Judge `code` by the rows of a query, or by whatever else is given."""

    def grade(
        dialect: str, code: str, judging: BySql = QUESTION, limits: Limits = TEN_SECONDS
    ) -> Verdict:
        skip_without(judge, dialect)
        return judge.grade(dialect, judging, code, limits)

    return grade


@pytest.fixture(params=DIALECTS)
def dialect(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="session")
def postgresql_cluster() -> Iterator[Cluster]:
    """A server of PostgreSQL that is not the judge's."""
    engine = PostgreSQL()
    if missing := engine.missing():
        pytest.skip(missing)
    cluster = engine._running().cluster
    assert cluster is not None
    yield cluster
    engine.close()


@pytest.fixture(scope="session")
def mysql_cluster() -> Iterator[Cluster]:
    """A server of MariaDB that is not the judge's."""
    engine = MySQL()
    if missing := engine.missing():
        pytest.skip(missing)
    cluster = engine._running().cluster
    assert cluster is not None
    yield cluster
    engine.close()


@pytest.fixture(scope="session")
def numbers() -> Iterator[int]:
    return itertools.count()
