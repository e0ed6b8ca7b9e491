"""PostgreSQL, over a URL or as a cluster of our own.

A *slot* is a database that one run at a time has for itself: catalogs, and with them the
code of views and functions, are per database. Every run gets a fresh schema there, called
`public` as in any database, and a fresh role that may do nothing elsewhere.

* A query is run by a role that may only read, in a read-only transaction. The right query
  was run before, in a schema that is gone by now.
* Statements that change data are run by the role that owns the schema. The queries of the
  state are asked afterwards in the *same role*, never a trusted one, because views,
  operators and functions of the answer's run with the rights of who asks; and after
  `DISCARD ALL`, which takes temporary tables, settings and prepared statements with it.
  An answer may forge what they return as it may forge the data: without the rows that are
  expected, to forge them is to know them.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import re
import secrets
import threading
import time
from pathlib import Path
from signal import SIGQUIT
from typing import TYPE_CHECKING

from pytest_llmbench.generation.redaction import one_line
from pytest_llmbench.grading.failures import CandidateFailed, HarnessError
from pytest_llmbench.grading.sql.clusters import Cluster, Plan, find_programs, installed_version
from pytest_llmbench.grading.sql.engine import Collector, Task, change_failed, timed_out
from pytest_llmbench.grading.sql.postgresql_session import ConnectionLost, run
from pytest_llmbench.grading.sql.rows import Table
from pytest_llmbench.grading.sql.server import ServerEngine, ServerLost
from pytest_llmbench.grading.sql.slots import Slots
from pytest_llmbench.vocabulary import Limits, Outcome, Secret

if TYPE_CHECKING:
    import psycopg
    from psycopg.pq.abc import PGconn

__all__ = ["PostgreSQL"]

_PREFIX = "llmbench"
_OURS = re.compile(rf"({_PREFIX}_[0-9a-f]{{12}})_\d+")
"""Names of our databases, and of nobody else's."""
_CONNECT_S = 10
_READY_S = 30.0
_SOON_S = 0.05
_GONE_S = 2.0
_OWN_S = 10.0
_LATER_S = 0.5
_PAUSE_S = 0.002
_MIB = 1024 * 1024
_SESSION_BYTES = 768 * _MIB
"""A session is a process; the limit is the same for all, because only a privileged judge
could set one for each."""
_LARGEST_FILE = 512 * _MIB
_FOLDERS = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/usr/local/pgsql/bin")
_SETTINGS = {
    "autovacuum_naptime": "10s",  # runs leave dead rows in the catalogs
    "checkpoint_timeout": "1h",
    "fsync": "off",
    "full_page_writes": "off",
    "jit": "off",
    "listen_addresses": "",
    "log_min_error_statement": "panic",
    "log_min_messages": "fatal",
    "max_connections": "200",
    "max_wal_senders": "0",
    "max_worker_processes": "0",
    "shared_buffers": "32MB",
    "synchronous_commit": "off",
    "temp_file_limit": "512MB",
    "wal_level": "minimal",
}
_OPTIONS = "-c search_path=pg_catalog,pg_temp"
"""Our own statements must not find an operator or a function that an answer has made."""
_SESSION = """
SET client_encoding = 'UTF8'; SET datestyle = 'ISO, MDY'; SET intervalstyle = 'iso_8601';
SET timezone = 'UTC'; SET bytea_output = 'hex'; SET extra_float_digits = 1;
SET client_min_messages = 'error'; SET search_path = public; SET statement_timeout = {ms};
"""


class PostgreSQL(ServerEngine["_Server"]):
    """The engine: one server, started or connected to when first needed."""

    def __init__(self, url: Secret | None = None) -> None:
        super().__init__("postgresql")
        self._url = url

    def missing(self) -> str | None:
        try:
            import psycopg  # noqa: F401
        except ImportError:
            return "postgresql needs psycopg: pip install 'pytest-llmbench[sql]'"
        if self._url is None and _programs() is None:
            return (
                "postgresql needs a server: install postgresql (initdb, postgres), "
                "or set PYTEST_LLM_POSTGRESQL_URL"
            )
        return None

    def _installed_version(self) -> str | None:
        programs = _programs()
        return installed_version(programs / "postgres") if programs and self._url is None else None

    def _make_server(self) -> _Server:
        if missing := self.missing():
            raise HarnessError(missing)
        programs = _programs()
        if self._url is not None or programs is None:
            return _Server(None, self._url)
        return _Server(Cluster(_plan(programs)), None)


@functools.cache
def _programs() -> Path | None:
    return find_programs(("initdb", "postgres"), _FOLDERS)


def _plan(programs: Path) -> Plan:
    settings = [word for item in _SETTINGS.items() for word in ("-c", "=".join(item))]
    return Plan(
        prepare=[
            *(str(programs / "initdb"), "--pgdata={folder}/data", "--username=postgres"),
            *("--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"),
            "--wal-segsize=4",
        ],
        serve=[str(programs / "postgres"), "-D", "{folder}/data", "-k", "{folder}", *settings],
        stop_signal=SIGQUIT,
        data_bytes=_SESSION_BYTES,
        file_bytes=_LARGEST_FILE,
        # initdb insists on a user with a name; the server itself does not.
        accounts=("postgres", "nobody"),
    )


class _Server:
    """A server, the session that shows that this run is alive, and its slots."""

    def __init__(self, cluster: Cluster | None, url: Secret | None) -> None:
        self.cluster = cluster
        self._url = url
        self._lock = threading.Lock()
        self._numbers = itertools.count()
        self._token = f"{_PREFIX}_{secrets.token_hex(6)}"
        self._is_given_up = False
        self.slots = Slots(self._make_slot, self._drop_slot)
        try:
            if cluster is not None:
                cluster.start()
                cluster.await_socket(".s.PGSQL.5432", time.monotonic() + _READY_S)
            self._lease = self.connect(patience_s=_READY_S if cluster is not None else 0)
            if cluster is None:
                self._remove_leftovers()
        except BaseException:
            if cluster is not None:
                cluster.close()
            raise
        number = self._lease.info.server_version
        self.version = f"{number // 10000}.{number % 10000}"

    @property
    def is_running(self) -> bool:
        if self.cluster is not None and not self.cluster.is_running:
            return False
        return not (self._is_given_up or self._lease.closed)

    def connect(self, *, patience_s: float = 0, **own: str | None) -> psycopg.Connection:
        """Connect in autocommit mode; raise ServerLost where that cannot be done."""
        import psycopg

        if self.cluster is not None:
            place = {"host": str(self.cluster.folder), "port": "5432", "sslmode": "disable"}
            own = {**place, "dbname": "postgres", "user": "postgres", **own}
        deadline = time.monotonic() + patience_s
        while True:
            try:
                return psycopg.connect(
                    self._url.reveal() if self._url else "",
                    autocommit=True,
                    connect_timeout=_CONNECT_S,
                    application_name=self._token,
                    options=_OPTIONS,
                    **{name: value for name, value in own.items() if value is not None},  # type: ignore[arg-type]
                )
            except psycopg.ProgrammingError:
                # Its words would quote the URL.
                words = "PYTEST_LLM_POSTGRESQL_URL is not a URL of PostgreSQL"
                raise HarnessError(words) from None
            except psycopg.OperationalError as error:
                if self.cluster is not None and not self.cluster.is_running:
                    raise ServerLost(self.cluster.last_words()) from None
                if time.monotonic() > deadline:
                    raise ServerLost(self._safe(error)) from None
            time.sleep(_PAUSE_S)

    def _safe(self, error: Exception) -> str:
        """Return the words of the server without the URL's password."""
        from psycopg.conninfo import conninfo_to_dict

        url = self._url.reveal() if self._url else ""
        return one_line(str(error), [str(conninfo_to_dict(url).get("password") or "")])

    def execute(self, *statements: str) -> list[tuple[object, ...]]:
        """Run our own statements, each by itself; return the rows of the last one."""
        import psycopg

        with self._lock:
            try:
                for statement in statements:
                    cursor = self._lease.execute(statement.encode())
                return cursor.fetchall() if cursor.description else []
            except psycopg.Error as error:
                lost = self._lease.closed or self._lease.broken
                raise (ServerLost if lost else HarnessError)(self._safe(error)) from None

    def _make_slot(self) -> _Slot:
        name = f"{self._token}_{next(self._numbers)}"
        self.execute(
            f"CREATE DATABASE {name} TEMPLATE template0",
            f"REVOKE ALL ON DATABASE {name} FROM PUBLIC",
            f"CREATE ROLE {name}_owner NOLOGIN ROLE CURRENT_USER",
        )
        return _Slot(self, name, has_password=self.cluster is None)

    def _drop_slot(self, slot: _Slot) -> None:
        if not slot.ends() and self.cluster is not None:
            # Something computes where nothing can interrupt it.
            self._is_given_up = True
        slot.close()
        if not self._is_given_up:
            self._drop(slot.name)

    def _drop(self, name: str) -> None:
        """Remove databases of ours, by the beginning of their names, and their roles."""
        with contextlib.suppress(HarnessError, ServerLost):
            for (database,) in self.execute(_NAMED.format("datname", "pg_database", name)):
                self.execute(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")
            for (role,) in self.execute(_NAMED.format("rolname", "pg_roles", name)):
                self.execute(f"DROP ROLE {role}")

    def _remove_leftovers(self) -> None:
        """Remove what runs left here that were killed: their lease is gone."""
        leases = "SELECT application_name FROM pg_stat_activity"
        alive = {str(name) for (name,) in self.execute(leases)}
        for (name,) in self.execute(_NAMED.format("datname", "pg_database", _PREFIX)):
            ours = _OURS.fullmatch(str(name))
            if ours is not None and ours[1] not in alive:
                self._drop(ours[1])

    def close(self) -> None:
        self._is_given_up = True
        if self.cluster is not None:
            self.cluster.close()  # first: it ends whatever runs
        self.slots.close()
        if self.cluster is None:
            self._drop(self._token)
        self._lease.close()


_NAMED = "SELECT {0} FROM {1} WHERE starts_with({0} || '_', '{2}_')"


class _Slot:
    """A database for one run at a time, and the session that makes things in it.

    Names are our own and hexadecimal: they need no quotes in a statement.
    """

    def __init__(self, server: _Server, name: str, *, has_password: bool) -> None:
        self._server = server
        self.name = name
        self._has_password = has_password
        self._numbers = itertools.count()
        self._admin = server.connect(dbname=name)
        self.is_clean = True
        self._execute("DROP SCHEMA public")

    def run(self, task: Task) -> tuple[Table, ...]:
        role = f"{self.name}_{next(self._numbers)}"
        self.is_clean = False
        password = secrets.token_hex(16) if self._has_password else None
        try:
            self._prepare(role, password, task)
            return self._ask(role, password, task)
        finally:
            with contextlib.suppress(HarnessError, ServerLost):
                self._clean(role)

    def _execute(self, statements: str) -> list[tuple[object, ...]]:
        """Run our own statements in one go; return the rows of the last one."""
        import psycopg

        try:
            cursor = self._admin.execute(statements.encode())
            while cursor.nextset():
                pass
            return cursor.fetchall() if cursor.description else []
        except psycopg.Error as error:
            words = one_line(str(error))
            raise (ServerLost if self._is_lost else HarnessError)(words) from None

    @property
    def _is_lost(self) -> bool:
        return self._admin.closed or self._admin.broken

    def _prepare(self, role: str, password: str | None, task: Task) -> None:
        """Make the role, the schema and, as who is to own them, what the setup makes."""
        maker = role if task.state else f"{self.name}_owner"
        login = f"LOGIN PASSWORD '{password}'" if password else "LOGIN"
        self._execute(
            f"CREATE ROLE {role} {login} NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION "
            "ROLE CURRENT_USER;"
            f"GRANT CONNECT, TEMPORARY ON DATABASE {self.name} TO {role};"
            f"GRANT CREATE ON DATABASE {self.name} TO {maker};"
            f"CREATE SCHEMA public AUTHORIZATION {maker};"
            f"SET ROLE {maker}; SET search_path = public; SET timezone = 'UTC'"
        )
        try:
            self._execute(task.setup)
        except HarnessError as error:
            raise HarnessError(f"the problem's setup failed: {error}") from None
        finally:
            if not self._is_lost:
                for statement in ("ROLLBACK", "RESET ROLE", "DISCARD ALL"):
                    self._execute(statement)
        self._execute(
            f"REVOKE CREATE ON DATABASE {self.name} FROM {maker}"
            if task.state
            else _LET_READ.format(maker=maker, role=role)
        )

    def _ask(self, role: str, password: str | None, task: Task) -> tuple[Table, ...]:
        connection = self._server.connect(dbname=self.name, user=role, password=password)
        session = connection.pgconn
        limits = task.limits
        # Our own clock comes first; the server's is for when we are gone.
        settings = _SESSION.format(ms=round((limits.time_s + _LATER_S) * 1000))
        deadline = time.monotonic() + limits.time_s
        try:
            _run(session, settings + ("" if task.state else "BEGIN READ ONLY"), limits)
            rows = _run(session, task.sql, limits, deadline)
            if not task.state:
                return (rows.table(),)
            for statement in ("ROLLBACK", "DISCARD ALL", f"{settings} BEGIN READ ONLY"):
                _run(session, statement, limits)
            return tuple(_ask_state(session, query, limits, deadline) for query in task.state)
        except TimeoutError:
            raise timed_out(limits) from None
        except ConnectionLost as error:
            self._execute("SELECT 1")  # raises where the whole server was lost
            raise CandidateFailed(Outcome.RUNTIME_ERROR, one_line(str(error))) from None
        finally:
            connection.close()

    def _clean(self, role: str) -> None:
        """Remove what a run left, its sessions first."""
        if not self.ends(_SOON_S):
            return
        for (gid,) in self._execute(f"SELECT gid FROM pg_prepared_xacts WHERE owner = '{role}'"):  # noqa: S608
            quoted = str(gid).replace("'", "''")
            self._execute(f"ROLLBACK PREPARED '{quoted}'")
        self._execute(f"DROP OWNED BY {role}, {self.name}_owner CASCADE; DROP ROLE {role}")
        self.is_clean = True

    def ends(self, patience_s: float = _GONE_S) -> bool:
        """End the run's sessions; return whether they are gone, or the server is."""
        deadline = time.monotonic() + patience_s
        ours = f"FROM pg_stat_activity WHERE starts_with(usename::text, '{self.name}_')"
        with contextlib.suppress(HarnessError, ServerLost):
            while self._execute(f"SELECT pg_terminate_backend(pid) {ours}"):
                if time.monotonic() > deadline:
                    return False
                time.sleep(_PAUSE_S)
        return True

    def close(self) -> None:
        self._admin.close()


_LET_READ = """
DO $$ DECLARE place name; BEGIN
  FOR place IN SELECT nspname FROM pg_namespace WHERE nspowner = '{maker}'::regrole LOOP
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO {role}', place);
    EXECUTE format('GRANT SELECT ON ALL TABLES IN SCHEMA %I TO {role}', place);
    EXECUTE format('GRANT SELECT ON ALL SEQUENCES IN SCHEMA %I TO {role}', place);
  END LOOP;
END $$
"""


def _run(
    session: PGconn, statements: str, limits: Limits, deadline: float | None = None
) -> Collector:
    """Run statements; what is our own has a clock of its own."""
    rows = Collector(limits.output_bytes)
    run(session, statements, rows, deadline or time.monotonic() + _OWN_S)
    return rows


def _ask_state(session: PGconn, query: str, limits: Limits, deadline: float) -> Table:
    try:
        return _run(session, query, limits, deadline).table()
    except CandidateFailed as failure:
        if failure.outcome in {Outcome.RUNTIME_ERROR, Outcome.COMPILE_ERROR}:
            raise change_failed(query, failure.evidence) from None
        raise
