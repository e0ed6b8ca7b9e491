"""SQL that would do harm is refused or bounded, and the engine is well afterwards.

Attacks on files, other programs and rights are tried as the server's own superuser too:
there they succeed, so that a refusal means something.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pymysql
import pytest

from pytest_llmbench.grading.sql import SqlJudge
from pytest_llmbench.grading.sql.clusters import Cluster
from pytest_llmbench.vocabulary import BySql, Limits, Outcome
from tests.sql.conftest import CHANGE, HONEST, HONEST_CHANGE, QUESTION, SHORT, Grade, eventually

REFUSED = {Outcome.RUNTIME_ERROR}


@dataclass(frozen=True)
class Attack:
    name: str
    dialect: str
    code: str
    outcomes: frozenset[Outcome] = frozenset(REFUSED)
    by_superuser: bool = False
    """Whether it succeeds where it is not refused, harmlessly."""


def refused(dialect: str, name: str, code: str, *, by_superuser: bool = False) -> Attack:
    return Attack(name=name, dialect=dialect, code=code, by_superuser=by_superuser)


def bounded(dialect: str, name: str, code: str, *outcomes: Outcome) -> Attack:
    return Attack(name=name, dialect=dialect, code=code, outcomes=frozenset(outcomes))


ENDLESS = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT {} FROM c"
T, O, M = Outcome.TIMEOUT, Outcome.OUTPUT_LIMIT, Outcome.MEMORY_LIMIT  # noqa: E741

FILES = [
    refused("sqlite", "attach", "ATTACH '/etc/passwd' AS p; SELECT * FROM p.sqlite_master"),
    refused("sqlite", "attach-new", "ATTACH '/tmp/x' AS p; CREATE TABLE p.t (x)"),
    refused("sqlite", "vacuum-into", "VACUUM INTO '/tmp/x'"),
    refused("sqlite", "extension", "SELECT load_extension('/lib/x86_64-linux-gnu/libc.so.6')"),
    refused("sqlite", "tokenizer", "SELECT fts3_tokenizer('simple', x'4141414141414141')"),
    refused("sqlite", "writable-schema", "PRAGMA writable_schema = 1; DELETE FROM sqlite_master"),
    refused("sqlite", "temp-store", "PRAGMA temp_store_directory = '/tmp'"),
    refused("duckdb", "read-text", "SELECT * FROM read_text('/etc/passwd')"),
    refused("duckdb", "read-csv", "SELECT * FROM '/etc/passwd'"),
    refused("duckdb", "glob", "SELECT * FROM glob('/etc/*')"),
    refused("duckdb", "copy-to", "COPY orders TO '/tmp/x.csv'"),
    refused("duckdb", "copy-from", "COPY orders FROM '/etc/passwd'"),
    refused("duckdb", "export", "EXPORT DATABASE '/tmp/x'"),
    refused("duckdb", "attach", "ATTACH '/tmp/x.db' AS p"),
    refused("duckdb", "install", "INSTALL httpfs"),
    refused("duckdb", "load", "LOAD '/tmp/x.duckdb_extension'"),
    refused("duckdb", "http", "SELECT * FROM read_csv('https://127.0.0.1/x.csv')"),
    refused("duckdb", "unlock", "SET enable_external_access = true"),
    refused("duckdb", "unlock-configuration", "SET lock_configuration = false"),
    refused("duckdb", "more-memory", "SET memory_limit = '100GB'"),
    refused("duckdb", "python-variables", "SELECT * FROM sys"),
    refused("postgresql", "read-file", "SELECT pg_read_file('/etc/passwd')", by_superuser=True),
    refused("postgresql", "list", "SELECT pg_ls_dir('/etc')", by_superuser=True),
    refused("postgresql", "copy-from", "COPY orders FROM '/dev/null'", by_superuser=True),
    refused("postgresql", "copy-to", "COPY orders TO '/dev/null'", by_superuser=True),
    refused("postgresql", "program", "COPY orders TO PROGRAM 'cat >/dev/null'", by_superuser=True),
    refused("postgresql", "lo-import", "SELECT lo_import('/etc/passwd')", by_superuser=True),
    refused("postgresql", "copy-stdout", "COPY orders TO STDOUT"),
    refused("postgresql", "copy-stdin", "COPY orders FROM STDIN"),
    refused("postgresql", "settings", "ALTER SYSTEM SET work_mem = '64MB'", by_superuser=True),
    refused("postgresql", "reload", "SELECT pg_reload_conf()", by_superuser=True),
    refused("postgresql", "library", "LOAD 'plpgsql'", by_superuser=True),
    refused("postgresql", "role", "CREATE ROLE evil SUPERUSER LOGIN", by_superuser=True),
    refused("postgresql", "own-rights", "ALTER ROLE CURRENT_USER CREATEROLE", by_superuser=True),
    refused("postgresql", "superuser", "SET ROLE postgres", by_superuser=True),
    refused("postgresql", "session", "SET SESSION AUTHORIZATION postgres", by_superuser=True),
    refused("postgresql", "database", "CREATE DATABASE evil", by_superuser=True),
    refused("postgresql", "schema", "CREATE SCHEMA evil", by_superuser=True),
    refused("postgresql", "catalog", "UPDATE pg_class SET relname = relname", by_superuser=True),
    refused("postgresql", "passwords", "SELECT * FROM pg_authid", by_superuser=True),
    refused("postgresql", "connection", "CREATE SUBSCRIPTION s CONNECTION '' PUBLICATION p"),
    refused("postgresql", "untrusted-language",
            "CREATE FUNCTION f() RETURNS int LANGUAGE c AS 'libc.so.6', 'getpid'"),
    refused("postgresql", "kill-itself", "SELECT pg_terminate_backend(pg_backend_pid())"),
    refused("mysql", "outfile", "SELECT * FROM orders INTO OUTFILE '{folder}/stolen'",
            by_superuser=True),
    refused("mysql", "load-data", "LOAD DATA INFILE '{folder}/log' INTO TABLE orders (@line)",
            by_superuser=True),
    refused("mysql", "load-local", "LOAD DATA LOCAL INFILE '/etc/passwd' INTO TABLE orders"),
    refused("mysql", "users", "SELECT * FROM mysql.global_priv", by_superuser=True),
    refused("mysql", "user", "CREATE USER evil@localhost", by_superuser=True),
    refused("mysql", "database", "CREATE DATABASE evil", by_superuser=True),
    refused("mysql", "global", "SET GLOBAL max_connections = 200", by_superuser=True),
    refused("mysql", "event", "CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO SELECT 1",
            by_superuser=True),
    refused("mysql", "definer", "CREATE DEFINER = root@localhost VIEW w AS SELECT 1",
            by_superuser=True),
    refused("mysql", "function", "CREATE FUNCTION f RETURNS STRING SONAME 'libc.so.6'"),
    refused("mysql", "plugin", "INSTALL SONAME 'libc.so.6'"),
    refused("mysql", "shutdown", "SHUTDOWN"),
    refused("mysql", "kill-itself", "KILL CONNECTION_ID()"),
]  # fmt: skip

LIMITS = [
    bounded("sqlite", "endless", ENDLESS.format("COUNT(*)"), T),
    bounded("sqlite", "endless-rows", ENDLESS.format("x"), O),
    bounded("sqlite", "huge-value", "SELECT zeroblob(900000000)", O),
    bounded("sqlite", "large-value", "SELECT hex(zeroblob(4000000))", O),
    bounded("sqlite", "wide", f"SELECT {', '.join(['zeroblob(9000000)'] * 200)}", O, M),
    bounded("sqlite", "memory",
            ENDLESS.replace("c)", "c LIMIT 9999999)").format("group_concat(x || zeroblob(999))"),
            O, M, T),
    bounded("duckdb", "endless", ENDLESS.format("COUNT(*)"), T, M),
    bounded("duckdb", "endless-rows", ENDLESS.format("x"), O, T, M),
    bounded("duckdb", "cross-join", "SELECT COUNT(*) FROM range(1000000) a, range(1000000) b, "
            "range(1000000) c WHERE a.range + b.range = c.range", T, M),
    bounded("duckdb", "memory", "SELECT COUNT(DISTINCT repeat(range::VARCHAR, 1000)) "
            "FROM range(100000000)", M, T),
    bounded("duckdb", "rows", "SELECT * FROM range(100000000)", O, M),
    bounded("postgresql", "endless", ENDLESS.format("COUNT(*)"), T),
    bounded("postgresql", "endless-rows", ENDLESS.format("x"), O),
    bounded("postgresql", "sleep", "SELECT pg_sleep(99)", T),
    bounded("postgresql", "timeout-off", "SET statement_timeout = 0; SELECT pg_sleep(99)", T),
    bounded("postgresql", "timeout-off-for-good",
            "COMMIT; SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE; "
            "SET statement_timeout = 0; BEGIN; SELECT pg_sleep(99)", T),
    bounded("postgresql", "loop", "DO $$ BEGIN LOOP PERFORM 1; END LOOP; END $$", T),
    bounded("postgresql", "loop-that-catches", "SET statement_timeout = 10; DO $$ BEGIN LOOP "
            "BEGIN PERFORM pg_sleep(9); EXCEPTION WHEN query_canceled THEN NULL; END; "
            "END LOOP; END $$", T),
    bounded("postgresql", "huge-value", "SELECT repeat('x', 900000000)", O, M),
    bounded("postgresql", "memory", "SET work_mem = '2GB'; SELECT COUNT(DISTINCT "
            "repeat(x::text, 1000)) FROM generate_series(1, 10000000) x", M, O, T),
    bounded("postgresql", "notices", "SET client_min_messages = notice; DO $$ BEGIN LOOP "
            "RAISE NOTICE '%', repeat('x', 1000); END LOOP; END $$", O, T),
    bounded("postgresql", "uninterruptible", "SELECT xpath('count(//*[count(//*[count(//*[count("
            "//*) > 1]) > 1]) > 1])', ('<a>' || repeat('<b/>', 2000) || '</a>')::xml)", T),
    bounded("mysql", "endless-rows", "SELECT a.* FROM information_schema.collations a, "
            "information_schema.collations b, information_schema.collations c", O),
    bounded("mysql", "sleep", "SELECT SLEEP(99)", T),
    bounded("mysql", "timeout-off", "SET max_statement_time = 0; SELECT SLEEP(99)", T),
    bounded("mysql", "loop", "SET max_statement_time = 0; SELECT BENCHMARK(1e15, MD5('x'))", T),
    bounded("mysql", "large-value", "SELECT REPEAT('x', 9000000)", O),
    bounded("mysql", "drip", "SET max_statement_time = 0; SELECT seq, SLEEP(0.01) "
            "FROM seq_1_to_1000000", T),
]  # fmt: skip


def name_of(attack: Attack) -> str:
    return f"{attack.dialect}-{attack.name}"


def is_well(grade: Grade, dialect: str) -> bool:
    verdicts = [grade(dialect, HONEST), grade(dialect, HONEST_CHANGE, CHANGE)]
    return [Outcome.PASSED] * 2 == [verdict.outcome for verdict in verdicts]


@pytest.mark.parametrize("attack", FILES, ids=name_of)
def test_files_programs_and_rights_are_out_of_reach(
    attack: Attack, grade: Grade, tmp_path: Path
) -> None:
    for judging in (QUESTION, CHANGE):
        verdict = grade(attack.dialect, attack.code.replace("{folder}", str(tmp_path)), judging)

        assert verdict.outcome in attack.outcomes, verdict
        assert "root:" not in verdict.evidence
    assert [] == list(tmp_path.iterdir())
    assert is_well(grade, attack.dialect)


@pytest.mark.parametrize("attack", [a for a in FILES if a.by_superuser], ids=name_of)
def test_a_superuser_could_do_it(attack: Attack, request: pytest.FixtureRequest) -> None:
    cluster: Cluster = request.getfixturevalue(f"{attack.dialect}_cluster")
    table = "CREATE TABLE IF NOT EXISTS orders (id int)"
    if attack.dialect == "postgresql":
        with psycopg.connect(
            host=str(cluster.folder), user="postgres", dbname="postgres", autocommit=True
        ) as connection:
            connection.execute(table)
            connection.execute(attack.code.encode())
            for undo in ("DROP DATABASE IF EXISTS evil", "DROP SCHEMA IF EXISTS evil",
                         "DROP ROLE IF EXISTS evil"):  # fmt: skip
                connection.execute(undo.encode())
        return
    with (
        contextlib.closing(
            pymysql.connect(
                unix_socket=str(cluster.folder / "socket"), user="root", ssl_disabled=True
            )
        ) as session,
        session.cursor() as cursor,
    ):
        for undo in ("DROP DATABASE IF EXISTS evil", "DROP USER IF EXISTS evil@localhost",
                     "DROP DATABASE IF EXISTS d"):  # fmt: skip
            cursor.execute(undo)
        cursor.execute("CREATE DATABASE d")
        cursor.execute("USE d")
        cursor.execute(table)
        cursor.execute(attack.code.replace("{folder}", str(cluster.folder)))


@pytest.mark.parametrize("attack", LIMITS, ids=name_of)
def test_time_memory_and_output_are_bounded(attack: Attack, grade: Grade) -> None:
    limits = Limits(time_s=2, memory_bytes=256 << 20)

    verdict = grade(attack.dialect, attack.code, limits=limits)

    assert verdict.outcome in attack.outcomes, verdict
    assert is_well(grade, attack.dialect)


def test_a_table_that_grows_without_end_is_bounded(grade: Grade) -> None:
    code = {
        "sqlite": "INSERT INTO orders " + ENDLESS.format("x + 9, zeroblob(99999), 1"),
        "duckdb": "INSERT INTO orders SELECT range + 9, repeat('x', 19), 1 FROM range(9999999999)",
        "postgresql": "CREATE TABLE big AS SELECT repeat(md5(x::text), 30) "
        "FROM generate_series(1, 999999999) x",
        "mysql": "CREATE TABLE big AS SELECT REPEAT('x', 999) FROM seq_1_to_999999999",
    }
    for dialect, statement in code.items():
        verdict = grade(dialect, statement, CHANGE, SHORT)

        assert verdict.outcome in {T, M, O, Outcome.RUNTIME_ERROR}, (dialect, verdict)
        assert is_well(grade, dialect)


ESCALATIONS = {
    "view that asks who looks": (
        "CREATE FUNCTION evil() RETURNS int LANGUAGE plpgsql AS $$ BEGIN "
        "EXECUTE 'RESET ROLE'; EXECUTE 'RESET SESSION AUTHORIZATION'; "
        "EXECUTE 'CREATE ROLE evil SUPERUSER'; RETURN 0; END $$; "
        "ALTER TABLE orders RENAME TO kept; "
        "CREATE VIEW orders AS SELECT id, customer, evil() AS amount FROM kept"
    ),
    "cast and operator that fit better": (
        "CREATE FUNCTION evil(name, text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN "
        "CREATE ROLE evil SUPERUSER; RETURN true; END $$; "
        "CREATE OPERATOR = (LEFTARG = name, RIGHTARG = text, FUNCTION = evil); "
        "CREATE FUNCTION starts_with(text, varchar) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN "
        "CREATE ROLE evil SUPERUSER; RETURN true; END $$; "
        "CREATE FUNCTION pg_terminate_backend(int) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN "
        "CREATE ROLE evil SUPERUSER; RETURN true; END $$"
    ),
    "settings of the role": (
        "ALTER ROLE CURRENT_USER SET search_path = evil; "
        "ALTER ROLE CURRENT_USER SET statement_timeout = 1; "
        "ALTER ROLE CURRENT_USER PASSWORD 'x'"
    ),
    "default privileges": "ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO PUBLIC",
    "large objects": "SELECT lo_create(0), lo_from_bytea(0, 'x') FROM generate_series(1, 50)",
    "locks": "SELECT pg_advisory_lock(1); LOCK TABLE orders",
    "listening": "LISTEN x; NOTIFY x, 'y'",
    "many tables": (
        "DO $$ BEGIN FOR n IN 1..300 LOOP EXECUTE format('CREATE TABLE t%s (a int)', n); "
        "END LOOP; END $$"
    ),
    "a table and its trigger": (
        "CREATE FUNCTION evil() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "CREATE ROLE evil SUPERUSER; RETURN NULL; END $$; "
        "CREATE TRIGGER evil AFTER INSERT ON orders EXECUTE FUNCTION evil()"
    ),
}


@pytest.mark.parametrize("code", ESCALATIONS.values(), ids=ESCALATIONS)
def test_nothing_of_a_change_reaches_the_server_in_postgresql(
    code: str, grade: Grade, judge: SqlJudge
) -> None:
    verdict = grade("postgresql", f"{code}; UPDATE orders SET amount = 0", CHANGE)

    assert verdict.outcome in {Outcome.WRONG_ANSWER, Outcome.RUNTIME_ERROR}, verdict
    assert is_well(grade, "postgresql")
    engine: Any = judge._engines["postgresql"]
    server = engine._running()
    assert [(0,)] == server.execute("SELECT COUNT(*) FROM pg_roles WHERE rolname = 'evil'")
    for (name,) in server.execute("SELECT datname FROM pg_database WHERE datname LIKE 'llm%'"):
        with server.connect(dbname=name) as connection:
            left = connection.execute(
                "SELECT (SELECT COUNT(*) FROM pg_largeobject_metadata),"
                " (SELECT COUNT(*) FROM pg_default_acl),"
                " (SELECT COUNT(*) FROM pg_namespace WHERE nspname !~ '^(pg_|information)')"
            ).fetchone()
        assert (0, 0, 0) == left


@pytest.mark.parametrize(
    "code",
    [
        "SET PASSWORD = PASSWORD('x')",
        "XA START 'a'; UPDATE orders SET amount = 1; XA END 'a'; XA PREPARE 'a'",
        "SELECT GET_LOCK('x', 1); LOCK TABLES orders WRITE",
        "SET autocommit = 0; UPDATE orders SET amount = 1",
        "CREATE PROCEDURE p() SELECT 1; CREATE TRIGGER t BEFORE INSERT ON orders "
        "FOR EACH ROW SET @x = 1",
    ],
)
def test_nothing_of_a_change_reaches_the_server_in_mysql(
    code: str, grade: Grade, judge: SqlJudge
) -> None:
    verdict = grade("mysql", code, CHANGE)

    assert verdict.outcome in {Outcome.WRONG_ANSWER, Outcome.RUNTIME_ERROR}, verdict
    assert is_well(grade, "mysql")
    # A server whose locks cannot be had back is replaced, in the background.
    engine: Any = judge._engines["mysql"]
    assert eventually(lambda: [] == engine._running().execute("SHOW DATABASES LIKE 'llmbench%'"))
    users = "SELECT COUNT(*) FROM mysql.user WHERE user LIKE 'llmbench%'"
    assert [(0,)] == engine._running().execute(users)


def test_text_that_is_not_utf8_or_drives_a_terminal_is_kept_apart(grade: Grade) -> None:
    for dialect, code in {
        "sqlite": "SELECT CAST(x'ff1b5b33316d' AS TEXT), 1",
        "duckdb": "SELECT chr(27) || '[31m', 1",
        "postgresql": "SET client_encoding = 'LATIN1'; SELECT 'é' || chr(27) || '[31m', 1",
        "mysql": "SET NAMES latin1; SELECT CONCAT('é', CHAR(27), '[31m'), 1",
    }.items():
        verdict = grade(dialect, code)

        assert verdict.outcome in {Outcome.WRONG_ANSWER, Outcome.RUNTIME_ERROR}, verdict
        assert "\x1b" not in verdict.evidence


def test_evidence_is_short_whatever_the_rows_hold(grade: Grade, dialect: str) -> None:
    columns = ", ".join(f"'{'x' * 900}' AS c{number}" for number in range(300))

    verdict = grade(dialect, f"SELECT {columns}", BySql(setup="SELECT 1", rows=((1,) * 300,)))

    assert Outcome.WRONG_ANSWER is verdict.outcome
    assert len(verdict.evidence) <= 8000
