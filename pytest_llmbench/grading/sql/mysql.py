"""MySQL and MariaDB, over a URL or as a MariaDB server of our own.

Every run gets a fresh database and a fresh user who may do nothing elsewhere: without the
global privileges (`FILE`, `SUPER`, `PROCESS`, `EVENT`, ...) there are no files, no other
databases and no sessions of others. The setup is run by that user, so that nothing which
belongs to someone with more rights is left for an answer to call.

* For a query the user's rights are cut to reading before it comes, and it is run in a
  read-only transaction. The right query was run before, in a database that is gone by now.
* Statements that change data keep them. The queries of the state are asked by the same
  user, never a trusted one, because views and functions of the answer's may run with the
  rights of who asks; and in a new session, which has none of the answer's temporary
  tables, variables, or open transaction.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import re
import secrets
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from signal import SIGKILL
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

from pytest_llmbench.generation.redaction import one_line
from pytest_llmbench.grading.failures import CandidateFailed, HarnessError
from pytest_llmbench.grading.sql.clusters import Cluster, Plan, find_programs, installed_version
from pytest_llmbench.grading.sql.engine import Task, change_failed
from pytest_llmbench.grading.sql.mysql_session import (
    ConnectionLost,
    Session,
    Wire,
    decoders,
    execute,
)
from pytest_llmbench.grading.sql.rows import Table
from pytest_llmbench.grading.sql.server import ServerEngine, ServerLost
from pytest_llmbench.grading.sql.slots import Slots
from pytest_llmbench.grading.sql.statements import mysql_pieces
from pytest_llmbench.vocabulary import Outcome, Secret

if TYPE_CHECKING:
    from pymysql.connections import Connection

__all__ = ["MySQL"]

_PREFIX = "llmbench"
_OURS = re.compile(rf"({_PREFIX}_[0-9a-f]{{12}})_\d+_\d+")
"""Names of our databases, and of nobody else's."""
_CONNECT_S = 10
_READY_S = 30.0
_SOON_S = 0.05
_GONE_S = 2.0
_OWN_S = 60
_LATER_S = 0.5
_PAUSE_S = 0.002
_LOCK_WAIT_S = 1
_MIB = 1024 * 1024
_SERVER_BYTES = 3072 * _MIB
"""All sessions are in one process; what bounds one of them are the settings below."""
_LARGEST_FILE = 512 * _MIB
_SESSION_LIMITS = {
    "max-session-mem-used": 512 * _MIB,
    "tmp-disk-table-size": 512 * _MIB,
    "max-heap-table-size": 64 * _MIB,
    "sort-buffer-size": 64 * _MIB,
    "join-buffer-size": 64 * _MIB,
    "group-concat-max-len": 16 * _MIB,
}
_SETTINGS = (
    "--aria-pagecache-buffer-size=8M",
    "--character-set-server=utf8mb4",
    "--event-scheduler=OFF",
    "--innodb-buffer-pool-size=32M",
    "--innodb-doublewrite=0",
    "--innodb-flush-log-at-trx-commit=0",
    "--innodb-log-file-size=8M",
    "--innodb-temp-data-file-path=ibtmp1:12M:autoextend:max:512M",
    "--key-buffer-size=8M",
    "--local-infile=0",
    "--max-connections=200",
    "--performance-schema=OFF",
    "--skip-log-bin",
    "--skip-name-resolve",
    "--skip-networking",
    "--skip-symbolic-links",
)
_CHANGING = (
    "SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, REFERENCES, INDEX, ALTER, "
    "CREATE TEMPORARY TABLES, LOCK TABLES, EXECUTE, CREATE VIEW, SHOW VIEW, "
    "CREATE ROUTINE, ALTER ROUTINE, TRIGGER"
)
_READING = "SELECT, SHOW VIEW, EXECUTE"


class MySQL(ServerEngine["_Server"]):
    """The engine: one server, started or connected to when first needed."""

    def __init__(self, url: Secret | None = None) -> None:
        super().__init__("mysql")
        self._url = url

    def missing(self) -> str | None:
        try:
            import pymysql  # noqa: F401
        except ImportError:
            return "mysql needs PyMySQL: pip install 'pytest-llmbench[sql]'"
        if self._url is None and _programs() is None:
            return (
                "mysql needs a server: install mariadb-server (mariadbd, mariadb-install-db), "
                "or set PYTEST_LLM_MYSQL_URL"
            )
        return None

    def _installed_version(self) -> str | None:
        programs = _programs()
        return installed_version(programs[1]) if programs and self._url is None else None

    def _make_server(self) -> _Server:
        if missing := self.missing():
            raise HarnessError(missing)
        programs = _programs()
        if self._url is not None or programs is None:
            return _Server(None, _parameters(self._url))
        return _Server(Cluster(_plan(*programs)), {})


@functools.cache
def _programs() -> tuple[Path, Path] | None:
    server = find_programs(("mariadbd",))
    installer = find_programs(("mariadb-install-db",))
    if server is None or installer is None:
        return None
    return installer / "mariadb-install-db", server / "mariadbd"


def _plan(installer: Path, server: Path) -> Plan:
    data = "--datadir={folder}/data"
    limits = [
        f"--{prefix}{name}={size}"
        for name, size in _SESSION_LIMITS.items()
        for prefix in ("", "maximum-")
        if prefix or name in {"max-session-mem-used", "tmp-disk-table-size"}
    ]
    return Plan(
        prepare=[
            *(str(installer), "--no-defaults", data, "--skip-test-db", "--skip-name-resolve"),
            *("--auth-root-authentication-method=normal", "--innodb-log-file-size=8M"),
            *("--innodb-doublewrite=0", "--debug-no-sync"),
        ],
        serve=[
            *(str(server), "--no-defaults", data, "--socket={folder}/socket"),
            *("--pid-file={folder}/pid", "--tmpdir={folder}", "--debug-no-sync"),
            *(*_SETTINGS, *limits),
        ],
        stop_signal=SIGKILL,
        data_bytes=_SERVER_BYTES,
        file_bytes=_LARGEST_FILE,
    )


def _parameters(url: Secret | None) -> dict[str, Any]:
    """Read `mysql://user:password@host:port/database?unix_socket=...&ssl_ca=...`."""
    try:
        parts = urlsplit(url.reveal() if url else "")
        is_known = parts.scheme.partition("+")[0] in {"mysql", "mariadb"}
        options = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        parameters: dict[str, Any] = {
            "user": unquote(parts.username or ""),
            "password": Secret(unquote(parts.password or "")),
            "host": parts.hostname or "localhost",
            "port": parts.port or 3306,
        }
    except ValueError:
        is_known, options = False, {}
    if not is_known or not set(options) <= {"unix_socket", "ssl_ca"}:
        # Without a word of it: it may hold a password anywhere.
        raise HarnessError(
            "PYTEST_LLM_MYSQL_URL is not a URL of MySQL: mysql://user:password@host:port, with "
            "?unix_socket=... or ?ssl_ca=... where needed"
        )
    return parameters | options


class _Server:
    """A server, the session whose lock shows that this run is alive, and its slots."""

    def __init__(self, cluster: Cluster | None, parameters: dict[str, Any]) -> None:
        self.cluster = cluster
        self._parameters = parameters
        self._lock = threading.Lock()
        self._numbers = itertools.count()
        self._token = f"{_PREFIX}_{secrets.token_hex(6)}"
        self._is_given_up = False
        self.host = "localhost" if cluster is not None else "%"
        self.slots = Slots(self._make_slot, self._drop_slot)
        try:
            if cluster is not None:
                cluster.start()
                cluster.await_socket("socket", time.monotonic() + _READY_S)
                socket_path = str(cluster.folder / "socket")
                self._parameters = {"unix_socket": socket_path, "user": "root"}
            self._lease = self.connect(patience_s=_READY_S if cluster is not None else 0)
            self.execute(f"DO GET_LOCK('{self._token}', 0)")
            if cluster is None:
                self._remove_leftovers()
        except BaseException:
            if cluster is not None:
                cluster.close()
            raise
        ((version,),) = self.execute("SELECT VERSION()")
        self.version = str(version)

    @property
    def is_running(self) -> bool:
        if self.cluster is not None and not self.cluster.is_running:
            return False
        return not self._is_given_up and bool(self._lease.open)

    def connect(
        self, *, patience_s: float = 0, wire: Wire | None = None, **own: Any
    ) -> Connection[Any]:
        """Connect in autocommit mode; raise ServerLost where that cannot be done."""
        import pymysql
        from pymysql.constants import CLIENT

        deadline = time.monotonic() + patience_s
        parameters = {**self._parameters, **own}
        password = parameters.pop("password", Secret(""))
        connection = pymysql.connect(
            **parameters,
            password=password.reveal(),
            charset="utf8mb4",
            autocommit=True,
            connect_timeout=_CONNECT_S,
            read_timeout=_OWN_S,
            client_flag=CLIENT.MULTI_STATEMENTS,
            conv=decoders(),
            # A context for TLS costs 20 ms, and a wire of ours would not be under it.
            ssl_disabled="ssl_ca" not in parameters,
            defer_connect=True,
        )
        while True:
            try:
                connection.connect(wire)
            except pymysql.MySQLError as error:
                if self.cluster is not None and not self.cluster.is_running:
                    raise ServerLost(self.cluster.last_words()) from None
                if time.monotonic() > deadline:
                    words = one_line(str(error.args[-1]), [password.reveal()])
                    raise ServerLost(words) from None
            else:
                return connection
            time.sleep(_PAUSE_S)

    def open_wire(self) -> Wire | None:
        """Connect a socket that can be bounded; `None` where TLS would hide what it reads."""
        if "ssl_ca" in self._parameters:
            return None
        address: Any = self._parameters.get("unix_socket")
        family = socket.AF_UNIX
        wire = None
        try:
            if address is None:
                host, port = self._parameters["host"], self._parameters["port"]
                family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[
                    0
                ]
            wire = Wire(family, socket.SOCK_STREAM)
            wire.settimeout(_CONNECT_S)
            wire.connect(address)
        except OSError as error:
            if wire is not None:
                wire.close()
            raise ServerLost(str(error)) from None
        return wire

    def execute(self, *statements: str) -> list[tuple[Any, ...]]:
        """Run our own statements; return the rows of the last one."""
        with self._lock:
            return execute(self._lease, *statements)

    def _make_slot(self) -> _Slot:
        return _Slot(self, f"{self._token}_{next(self._numbers)}")

    def _drop_slot(self, slot: _Slot) -> None:
        is_gone = slot.ends() and slot.removes()
        slot.close()
        if not is_gone and self.cluster is not None:
            # Something computes or holds a lock, and cannot be stopped.
            self._is_given_up = True

    def _remove_leftovers(self) -> None:
        """Remove what runs left here that were killed: nobody holds their lock."""
        names = "SELECT schema_name FROM information_schema.schemata"
        for (name,) in self.execute(names):
            ours = _OURS.fullmatch(str(name))
            if ours is None or self.execute(f"SELECT IS_FREE_LOCK('{ours[1]}')") != [(1,)]:
                continue
            user = f"DROP USER IF EXISTS '{name}'@'{self.host}'"
            self.execute(user, f"DROP DATABASE IF EXISTS {name}")

    def close(self) -> None:
        self._is_given_up = True
        if self.cluster is not None:
            self.cluster.close()  # first: it ends whatever runs
        self.slots.close()
        with contextlib.suppress(Exception):
            self._lease.close()


class _Slot:
    """The session of one run at a time that makes its database and its user.

    Names are our own and hexadecimal: they need no quotes in a statement.
    """

    def __init__(self, server: _Server, name: str) -> None:
        self._server = server
        self._prefix = name
        self._name = ""
        self._numbers = itertools.count()
        self._admin = server.connect()
        self._is_mariadb = "MariaDB" in server.version
        self.is_clean = True
        # A distributed transaction that was prepared keeps its locks when its session ends.
        for setting in ("lock_wait_timeout", "innodb_lock_wait_timeout"):
            self._execute(f"SET SESSION {setting} = {_LOCK_WAIT_S}")

    def run(self, task: Task) -> tuple[Table, ...]:
        self._name = f"{self._prefix}_{next(self._numbers)}"
        self.is_clean = False
        password = Secret(secrets.token_hex(16))
        try:
            self._prepare(password, task)
            return self._ask(password, task)
        finally:
            self.is_clean = self.ends(_SOON_S) and self.removes()

    def _execute(self, *statements: str) -> list[tuple[Any, ...]]:
        return execute(self._admin, *statements)

    def _prepare(self, password: Secret, task: Task) -> None:
        """Make the database and the user, have the user fill it, and cut the user's rights."""
        name, user = self._name, f"'{self._name}'@'{self._server.host}'"
        # A pattern: an underscore would stand for any character.
        everything = f"`{name}`.*".replace("_", "\\_")
        self._execute(
            f"CREATE DATABASE {name} CHARACTER SET utf8mb4",
            f"CREATE USER {user} IDENTIFIED BY '{password.reveal()}'",
            f"GRANT {_CHANGING} ON {everything} TO {user}",
        )
        connection = self._connect(password)
        try:
            for piece in mysql_pieces(task.setup):
                execute(connection, piece)
        except HarnessError as error:
            raise HarnessError(f"the problem's setup failed: {error}") from None
        finally:
            with contextlib.suppress(Exception):
                connection.close()
        if not task.state:
            self._execute(
                f"REVOKE ALL PRIVILEGES ON {everything} FROM {user}",
                f"GRANT {_READING} ON {everything} TO {user}",
            )

    def _connect(self, password: Secret, wire: Wire | None = None) -> Connection[Any]:
        connection = self._server.connect(
            user=self._name, password=password, database=self._name, wire=wire
        )
        execute(connection, "SET time_zone = '+00:00'")
        return connection

    @contextlib.contextmanager
    def _session(self, password: Secret, task: Task, deadline: float = 0) -> Iterator[Session]:
        """Open a session for what is not trusted."""
        limits = task.limits
        wire = self._server.open_wire()
        connection = self._connect(password, wire)
        try:
            # Our own clock comes first; the server's is for when we are gone.
            limit_s = limits.time_s + _LATER_S
            setting = f"max_execution_time = {round(limit_s * 1000)}"
            if self._is_mariadb:
                setting = f"max_statement_time = {limit_s}"
            execute(connection, f"SET SESSION {setting}")
            deadline = deadline or time.monotonic() + limits.time_s
            yield Session(connection, wire, limits, deadline)
        finally:
            with contextlib.suppress(Exception):
                connection.close()

    def _ask(self, password: Secret, task: Task) -> tuple[Table, ...]:
        try:
            with self._session(password, task) as session:
                if not task.state:
                    execute(session.connection, "START TRANSACTION READ ONLY")
                    return (session.run(task.sql).table(),)
                session.run(task.sql)
            # It may have been changed: everyone may change their own.
            user = f"'{self._name}'@'{self._server.host}'"
            self._execute(f"ALTER USER {user} IDENTIFIED BY '{password.reveal()}'")
            with self._session(password, task, session.deadline) as session:
                execute(session.connection, "START TRANSACTION READ ONLY")
                return tuple(_ask_state(session, query) for query in task.state)
        except ConnectionLost as error:
            self._execute("SELECT 1")  # raises where the whole server was lost
            raise CandidateFailed(Outcome.RUNTIME_ERROR, str(error)) from None

    def ends(self, patience_s: float = _GONE_S) -> bool:
        """End the run's sessions; return whether they are gone, or the server is."""
        deadline = time.monotonic() + patience_s
        query = f"SELECT id FROM information_schema.processlist WHERE user = '{self._name}'"  # noqa: S608
        with contextlib.suppress(HarnessError, ServerLost):
            while sessions := self._execute(query):
                if time.monotonic() > deadline:
                    return False
                for (number,) in sessions:
                    with contextlib.suppress(HarnessError):  # it is gone by now
                        self._execute(f"KILL {number}")
                time.sleep(_PAUSE_S)
        return True

    def removes(self) -> bool:
        """Remove the run's database and user; return whether that went well."""
        user = f"DROP USER IF EXISTS '{self._name}'@'{self._server.host}'"
        with contextlib.suppress(HarnessError, ServerLost):
            # In this order: where there is a user of ours there is a database of that name.
            self._execute(user, f"DROP DATABASE IF EXISTS {self._name}")
            return True
        return False

    def close(self) -> None:
        with contextlib.suppress(Exception):
            self._admin.close()


def _ask_state(session: Session, query: str) -> Table:
    try:
        return session.run(query).table()
    except CandidateFailed as failure:
        if failure.outcome in {Outcome.RUNTIME_ERROR, Outcome.COMPILE_ERROR}:
            raise change_failed(query, failure.evidence) from None
        raise
