"""Servers of our own leave nothing behind, however they end; those of others are kept clean."""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psycopg
import pymysql
import pytest

from pytest_llmbench.errors import LLMBenchError
from pytest_llmbench.grading.failures import HarnessError
from pytest_llmbench.grading.sql import SqlJudge
from pytest_llmbench.grading.sql.clusters import Cluster
from pytest_llmbench.grading.sql.engine import Task
from pytest_llmbench.grading.sql.mysql import MySQL
from pytest_llmbench.grading.sql.oracle import Oracle
from pytest_llmbench.grading.sql.postgresql import PostgreSQL
from pytest_llmbench.vocabulary import Limits, Outcome, Secret
from tests.sql.conftest import (
    CHANGE,
    CHANGE_GOLD,
    HONEST,
    HONEST_CHANGE,
    QUESTION,
    SETUP,
    SHORT,
    eventually,
)

ENGINES = {"postgresql": PostgreSQL, "mysql": MySQL}
SLEEP = {"postgresql": "SELECT pg_sleep(60)", "mysql": "SELECT SLEEP(60)"}
PASSWORD = "pa55-phrase"


@pytest.fixture(params=ENGINES)
def server_dialect(request: pytest.FixtureRequest) -> str:
    dialect = str(request.param)
    if missing := ENGINES[dialect]().missing():
        pytest.skip(missing)
    return dialect


@pytest.fixture
def engine(server_dialect: str) -> Iterator[Any]:
    engine = ENGINES[server_dialect]()
    yield engine
    engine.close()


def task(sql: str, *state: str, limits: Limits = Limits()) -> Task:  # noqa: B008 - frozen
    return Task(setup=SETUP, sql=sql, state=state, limits=limits)


def processes_of(folder: Path) -> list[str]:
    """Return the command lines that name a folder, and the guardian's is one of them."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                words = (entry / "cmdline").read_bytes().decode(errors="replace")
                at = os.readlink(entry / "cwd")
                found += [words] if str(folder) in words or at.startswith(str(folder)) else []
    return found


def test_a_server_and_its_folder_go_with_the_engine(engine: Any) -> None:
    engine.run(task(HONEST))
    folder = engine._running().cluster.folder
    assert processes_of(folder)

    engine.close()

    assert [] == processes_of(folder)
    assert not folder.exists()


def test_its_folder_is_closed_to_others_and_it_is_nobody(engine: Any) -> None:
    engine.run(task(HONEST))
    folder = engine._running().cluster.folder

    owners = set()
    for pid in _pids_in(folder):
        with contextlib.suppress(FileNotFoundError):  # a session that ends by now
            owners.add(Path(f"/proc/{pid}").stat().st_uid)

    assert 0o700 == folder.stat().st_mode & 0o777
    assert {folder.stat().st_uid} == owners
    assert 0 not in owners


def test_it_has_no_network(engine: Any) -> None:
    engine.run(task(HONEST))
    folder = engine._running().cluster.folder

    (pid, *_) = _pids_in(folder)
    sockets = Path(f"/proc/{pid}/net/tcp").read_text() + Path(f"/proc/{pid}/net/tcp6").read_text()

    assert 2 == len(sockets.splitlines())  # two headings: nobody listens
    assert os.readlink(f"/proc/{pid}/ns/net") != os.readlink("/proc/self/ns/net")


def _pids_in(folder: Path) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                if os.readlink(entry / "cwd").startswith(str(folder)):
                    found.append(int(entry.name))
    return found


KILLED = """
import sys, threading
from pytest_llmbench.grading.sql.engine import Task
from pytest_llmbench.grading.sql.mysql import MySQL
from pytest_llmbench.grading.sql.postgresql import PostgreSQL
from pytest_llmbench.vocabulary import Limits
engine = {"postgresql": PostgreSQL, "mysql": MySQL}[sys.argv[1]]()
server = engine._running()
print(server.cluster.folder, server.cluster._guardian.pid, flush=True)
task = Task(setup="SELECT 1", sql=sys.argv[2], state=(), limits=Limits(time_s=60))
threading.Thread(target=engine.run, args=[task]).start()
threading.Thread(target=engine.run, args=[task]).start()
"""


@pytest.fixture
def killed(server_dialect: str) -> Iterator[tuple[subprocess.Popen[str], Path, int]]:
    """A process that waits for two endless queries, its server's folder, and the guardian."""
    command = [sys.executable, "-c", KILLED, server_dialect, SLEEP[server_dialect]]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    folder, guardian = process.stdout.readline().split()
    time.sleep(1)  # until it waits
    yield process, Path(folder), int(guardian)
    process.kill()
    process.communicate()


def test_nothing_survives_a_judge_that_was_killed(
    killed: tuple[subprocess.Popen[str], Path, int],
) -> None:
    process, folder, _ = killed
    assert processes_of(folder)

    process.kill()

    assert eventually(lambda: not folder.exists())
    assert [] == processes_of(folder)


def test_the_server_dies_with_its_guardian(
    killed: tuple[subprocess.Popen[str], Path, int],
) -> None:
    _, folder, guardian = killed

    os.kill(guardian, signal.SIGKILL)

    assert eventually(lambda: not processes_of(folder))
    subprocess.run(["rm", "-rf", folder], check=True)  # nobody is left to do it


@pytest.mark.parametrize("delay_s", [0.1, 0.4, 0.8])
def test_nothing_survives_a_judge_that_was_killed_while_it_starts(
    server_dialect: str, delay_s: float
) -> None:
    marker = f"{server_dialect}-{os.getpid()}-{delay_s}"
    command = [sys.executable, "-c", KILLED, server_dialect, "SELECT 1", marker]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(delay_s)

    process.kill()
    process.wait()

    own = f'"judge": {process.pid},'
    assert eventually(lambda: not _guardians(own))


def _guardians(words: str) -> list[str]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                command = (entry / "cmdline").read_bytes().decode(errors="replace")
                found += [command] if words in command else []
    return found


def test_a_server_that_was_killed_is_replaced(engine: Any) -> None:
    engine.run(task(HONEST))
    first = engine._running().cluster
    for pid in _pids_in(first.folder):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)

    tables = engine.run(task(HONEST))

    assert 3 == len(tables[0].rows)
    assert engine._running().cluster is not first
    assert eventually(lambda: not first.folder.exists())


def test_a_server_that_dies_under_an_answer_is_no_answers_fault(
    engine: Any, server_dialect: str
) -> None:
    sleep = SLEEP[server_dialect].replace("60", "3")
    engine.run(task(HONEST))
    with ThreadPoolExecutor(1) as executor:
        running = executor.submit(engine.run, task(sleep, limits=Limits(time_s=10)))
        time.sleep(0.5)
        for pid in _pids_in(engine._running().cluster.folder):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

        (table,) = running.result()  # run again on the next server

    assert 1 == len(table.rows)


def test_closing_ends_what_runs_with_an_error(own_judge: SqlJudge, server_dialect: str) -> None:
    own_judge.grade(server_dialect, QUESTION, HONEST, SHORT)
    with ThreadPoolExecutor(3) as executor:
        running = [
            executor.submit(
                own_judge.grade, server_dialect, QUESTION, SLEEP[server_dialect], Limits(time_s=60)
            )
            for _ in range(3)
        ]
        time.sleep(0.5)

        own_judge.close()
        verdicts = [future.result(timeout=30) for future in running]

    assert {Outcome.ERROR} == {verdict.outcome for verdict in verdicts}
    assert "closed" in own_judge.grade(server_dialect, QUESTION, HONEST, SHORT).evidence


def test_closing_ends_what_runs_in_a_sandbox(own_judge: SqlJudge) -> None:
    endless = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT max(x) FROM c"
    with ThreadPoolExecutor(1) as executor:
        running = executor.submit(own_judge.grade, "sqlite", QUESTION, endless, Limits(time_s=60))
        time.sleep(0.5)

        own_judge.close()

        assert Outcome.ERROR is running.result(timeout=30).outcome


def test_a_timeout_costs_its_limit(engine: Any, server_dialect: str) -> None:
    engine.run(task(HONEST))

    for _ in range(3):
        with pytest.raises(Exception, match="no result within 1 s"):
            engine.run(task(SLEEP[server_dialect], limits=SHORT))

    assert 3 == len(engine.run(task(HONEST))[0].rows)


HOSTILE = {
    "postgresql": [
        ("SELECT lo_create(0); CREATE TABLE t (a int); CREATE TYPE e AS ENUM ('a')", True),
        ("ALTER ROLE CURRENT_USER SET work_mem = '1MB'; LISTEN x", True),
        ("CREATE TEMP TABLE x (a int); SELECT pg_advisory_lock(1)", True),
        ("SELECT pg_terminate_backend(pg_backend_pid())", False),
        ("SELECT 1/0", False),
    ],
    "mysql": [
        ("CREATE TABLE t (a INT); CREATE VIEW v AS SELECT 1; CREATE PROCEDURE p() SELECT 1", True),
        ("SET PASSWORD = PASSWORD('x'); SELECT GET_LOCK('a', 1)", True),
        ("CREATE TEMPORARY TABLE x (a INT); BEGIN", True),
        ("KILL CONNECTION_ID()", False),
        ("SELEC", False),
    ],
}


def test_many_samples_leave_nothing_in_a_server(engine: Any, server_dialect: str) -> None:
    def sample(number: int) -> None:
        hostile = HOSTILE[server_dialect]
        sql, is_change = hostile[number % len(hostile)]
        state = ("SELECT COUNT(*) FROM orders",) if is_change else ()
        with contextlib.suppress(Exception):
            engine.run(task(sql, *state))
        engine.run(task(CHANGE_GOLD, *CHANGE.state))

    slow = task(SLEEP[server_dialect].replace("60", "0.5"))
    with ThreadPoolExecutor(3) as executor:
        list(executor.map(engine.run, [slow] * 3))  # a slot for each
        list(executor.map(sample, range(15)))
        assert eventually(lambda: not _transient(engine, server_dialect))
        before = _left(engine, server_dialect), _descriptors()
        list(executor.map(sample, range(100)))
        assert eventually(lambda: not _transient(engine, server_dialect))

    assert before == (_left(engine, server_dialect), _descriptors())


def _descriptors() -> int:
    gc.collect()  # drivers close a broken connection's when it is collected
    return len(os.listdir("/proc/self/fd"))


def _transient(engine: Any, dialect: str) -> list[Any]:
    server = engine._running()
    if dialect == "mysql":
        return list(server.execute("SHOW DATABASES LIKE 'llmbench%'"))
    return list(
        server.execute(
            "SELECT rolname FROM pg_roles WHERE rolname LIKE 'llmbench%' "
            "AND rolname NOT LIKE '%owner'"
        )
    )


def _left(engine: Any, dialect: str) -> object:
    server = engine._running()
    if dialect == "mysql":
        return [
            server.execute(query)
            for query in (
                "SHOW DATABASES",
                "SELECT user, host FROM mysql.user",
                "SELECT COUNT(*) FROM mysql.db",
                "SELECT COUNT(*) FROM mysql.proc",
            )
        ]
    counts = []
    for (name,) in server.execute("SELECT datname FROM pg_database ORDER BY 1"):
        if name == "template0":
            continue
        with server.connect(dbname=name) as connection:
            for table in ("pg_class", "pg_proc", "pg_type", "pg_namespace", "pg_shdepend",
                          "pg_largeobject_metadata", "pg_roles", "pg_db_role_setting"):  # fmt: skip
                query = f"SELECT COUNT(*) FROM {table} x WHERE x::text !~ 'pg_(toast_)?temp_'"
                counts.append((table, connection.execute(query.encode()).fetchone()))
    return counts


# Over a URL


@pytest.fixture
def postgresql_user(postgresql_cluster: Cluster, numbers: Iterator[int]) -> str:
    """A user of somebody's server who may make databases and roles, and no more."""
    name = f"maker_{next(numbers)}"
    with psycopg.connect(
        host=str(postgresql_cluster.folder), user="postgres", dbname="postgres", autocommit=True
    ) as connection:
        connection.execute(f"CREATE ROLE {name} LOGIN CREATEDB CREATEROLE".encode())
    return f"postgresql://{name}:{PASSWORD}@/postgres?host={postgresql_cluster.folder}"


def test_postgresql_over_a_url_needs_no_superuser_and_keeps_it_clean(
    postgresql_user: str, postgresql_cluster: Cluster
) -> None:
    engine = PostgreSQL(Secret(postgresql_user))

    query = engine.run(task(HONEST))
    change = engine.run(task(HONEST_CHANGE, *CHANGE.state))
    with pytest.raises(Exception, match="no result within 1 s"):
        engine.run(task("SET statement_timeout = 0; SELECT pg_sleep(99)", limits=SHORT))
    with pytest.raises(Exception, match="permission denied"):
        engine.run(task("SELECT pg_read_file('/etc/passwd')"))
    assert engine.version() is not None
    engine.close()

    assert (3, 4) == (len(query[0].rows), len(change[0].rows))
    assert [] == _ours_in_postgresql(postgresql_cluster)


def _ours_in_postgresql(cluster: Cluster) -> list[Any]:
    with psycopg.connect(
        host=str(cluster.folder), user="postgres", dbname="postgres", autocommit=True
    ) as connection:
        return connection.execute(
            "SELECT datname FROM pg_database WHERE datname LIKE 'llmbench%' "
            "AND datname <> 'llmbench_results' "
            "UNION ALL SELECT rolname FROM pg_roles WHERE rolname LIKE 'llmbench%'"
        ).fetchall()


def test_what_a_killed_run_left_on_a_server_of_postgresql_is_removed_by_the_next(
    postgresql_user: str, postgresql_cluster: Cluster
) -> None:
    with psycopg.connect(
        host=str(postgresql_cluster.folder), user="postgres", dbname="postgres", autocommit=True
    ) as connection:
        connection.execute("CREATE DATABASE llmbench_results")  # somebody's, and theirs to keep
    alive, dead = PostgreSQL(Secret(postgresql_user)), PostgreSQL(Secret(postgresql_user))
    for engine in (alive, dead):
        engine.run(task(HONEST))
    server = dead._running()
    for session in (server._lease, *(slot._admin for slot in server.slots._free)):
        session.close()  # as if it had been killed
    alive_now = "SELECT application_name FROM pg_stat_activity"
    assert eventually(lambda: (server._token,) not in alive._running().execute(alive_now))

    third = PostgreSQL(Secret(postgresql_user))
    third.run(task(HONEST))

    names = [str(name) for (name,) in _ours_in_postgresql(postgresql_cluster)]
    assert [] == [name for name in names if name.startswith(server._token)]
    assert 3 == len(alive.run(task(HONEST))[0].rows)
    for engine in (alive, third):
        engine.close()
    assert [] == _ours_in_postgresql(postgresql_cluster)
    with psycopg.connect(
        host=str(postgresql_cluster.folder), user="postgres", dbname="llmbench_results"
    ) as connection:
        assert not connection.closed


def test_mysql_over_a_url_keeps_it_clean(mysql_cluster: Cluster) -> None:
    url = f"mysql://root:@localhost/?unix_socket={mysql_cluster.folder}/socket"
    engine, dead = MySQL(Secret(url)), MySQL(Secret(url))
    with contextlib.closing(_mysql(mysql_cluster)) as connection, connection.cursor() as cursor:
        token = dead._running()._token
        cursor.execute(f"CREATE DATABASE {token}_0_0")
        cursor.execute(f"CREATE USER {token}_0_0")
        cursor.execute("CREATE DATABASE llmbench_results")  # somebody's, and theirs to keep
        dead._running()._lease.close()  # as if it had been killed
        assert eventually(lambda: _is_free(cursor, token))

        query = engine.run(task(HONEST))
        change = engine.run(task(HONEST_CHANGE, *CHANGE.state))
        with pytest.raises(Exception, match="no result within 1 s"):
            engine.run(task("SELECT SLEEP(99)", limits=SHORT))
        engine.close()

        assert (3, 4) == (len(query[0].rows), len(change[0].rows))
        cursor.execute("SHOW DATABASES LIKE 'llmbench%'")
        assert (("llmbench_results",),) == cursor.fetchall()
        cursor.execute("SELECT user FROM mysql.user WHERE user LIKE 'llmbench%'")
        assert () == cursor.fetchall()


def _is_free(cursor: Any, token: str) -> bool:
    cursor.execute(f"SELECT IS_FREE_LOCK('{token}')")
    return bool(cursor.fetchone() == (1,))


def _mysql(cluster: Cluster) -> Any:
    return pymysql.connect(
        unix_socket=str(cluster.folder / "socket"), user="root", ssl_disabled=True
    )


@pytest.mark.parametrize(
    "engine",
    [
        PostgreSQL(Secret(f"postgresql://u:{PASSWORD}@127.0.0.1:1/d")),
        PostgreSQL(Secret(f"postgresql://u:{PASSWORD}@127.0.0.1:1/d?nonsense={PASSWORD}")),
        PostgreSQL(Secret(f"u:{PASSWORD}")),
        MySQL(Secret(f"mysql://u:{PASSWORD}@127.0.0.1:1/d")),
        MySQL(Secret(f"mysql://u:{PASSWORD}@127.0.0.1:1/d?nonsense={PASSWORD}")),
        MySQL(Secret(f"u:{PASSWORD}")),
        MySQL(Secret(f"mysql://u:{PASSWORD}@127.0.0.1:port{PASSWORD}")),
        Oracle(Secret(f"oracle://u:{PASSWORD}@127.0.0.1:1/s")),
        Oracle(Secret(f"oracle://u:{PASSWORD}@127.0.0.1:1")),
        Oracle(Secret(PASSWORD)),
    ],
)
def test_a_url_that_leads_nowhere_is_an_error_without_its_password(engine: Any) -> None:
    if engine.missing():
        pytest.skip(engine.missing())
    messages = []
    for _ in range(2):
        with pytest.raises(HarnessError) as caught:
            engine.run(task(HONEST))
        messages.append(str(caught.value))

    assert messages[0]
    assert messages[0] == messages[1]
    assert PASSWORD not in messages[0]
    assert PASSWORD not in repr(engine)
    assert PASSWORD not in repr(vars(engine))
    assert engine.version() is None


def test_a_closed_engine_says_so(own_judge: SqlJudge, server_dialect: str) -> None:
    own_judge.close()

    with pytest.raises(LLMBenchError, match="closed"):
        own_judge._engines[server_dialect].run(task(HONEST))
