"""Oracle over a URL, through python-oracledb in its thin mode.

Every run gets a fresh user, which in Oracle is a fresh schema, and nothing more than what
its task needs: for a query the rights to make things are taken back once the setup is done,
and the transaction is read-only. The queries of a state are asked in a session of their own.
"""

from __future__ import annotations

import contextlib
import itertools
import secrets
import threading
import time
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from pytest_llmbench.generation.redaction import one_line
from pytest_llmbench.grading.failures import CandidateFailed, HarnessError
from pytest_llmbench.grading.sql.cells import duration
from pytest_llmbench.grading.sql.engine import Collector, Task, change_failed, timed_out
from pytest_llmbench.grading.sql.rows import Table
from pytest_llmbench.grading.sql.server import ServerEngine, ServerLost
from pytest_llmbench.grading.sql.slots import Slots
from pytest_llmbench.grading.sql.statements import oracle_statements
from pytest_llmbench.vocabulary import Outcome, Secret

if TYPE_CHECKING:
    from oracledb import Connection

__all__ = ["Oracle", "outcome_of"]

_PREFIX = "LLMBENCH"
_CONNECT_S = 10
_OWN_S = 60.0
_GONE_S = 5.0
_PAUSE_S = 0.02
_ARRAY_SIZE = 100
_RIGHTS = (
    "CREATE TABLE, CREATE VIEW, CREATE SEQUENCE, CREATE PROCEDURE, CREATE TRIGGER, CREATE TYPE"
)
_SYNTAX = frozenset({900, 905, 906, 907, 908, 909, 911, 917, 920, 921, 922, 923, 924, 925, 926,
                     927, 928, 933, 936, 1756, 3048, 3049})  # fmt: skip
_TIMEOUT = "DPY-4024"
_LOST = frozenset({"DPY-1001", "DPY-4011", "DPY-6005", "ORA-00028", "ORA-01012", "ORA-03113"})


def outcome_of(code: str) -> Outcome:
    """Return what an error such as `ORA-00933` means for an answer."""
    number = code.removeprefix("ORA-")
    is_syntax = number.isdecimal() and int(number) in _SYNTAX
    return Outcome.COMPILE_ERROR if is_syntax else Outcome.RUNTIME_ERROR


class Oracle(ServerEngine["_Server"]):
    """The engine: a server that somebody else runs."""

    def __init__(self, url: Secret | None = None) -> None:
        super().__init__("oracle")
        self._url = url

    def missing(self) -> str | None:
        try:
            import oracledb  # noqa: F401
        except ImportError:
            return "oracle needs python-oracledb: pip install 'pytest-llmbench[sql]'"
        if self._url is None:
            return "oracle needs a server: set PYTEST_LLM_ORACLE_URL"
        return None

    def _installed_version(self) -> str | None:
        return None

    def _make_server(self) -> _Server:
        if self._url is None or (missing := self.missing()):
            raise HarnessError(missing or "oracle needs a server")
        return _Server(self._url)


def _parameters(url: Secret) -> dict[str, Any]:
    """Read `oracle://user:password@host:port/service`."""
    with contextlib.suppress(ValueError):
        parts = urlsplit(url.reveal())
        service = parts.path.strip("/")
        if parts.scheme.partition("+")[0] == "oracle" and parts.hostname and service:
            return {
                "user": unquote(parts.username or ""),
                "password": Secret(unquote(parts.password or "")),
                "dsn": f"{parts.hostname}:{parts.port or 1521}/{service}",
            }
    # Without a word of it: it may hold a password anywhere.
    raise HarnessError(
        "PYTEST_LLM_ORACLE_URL is not a URL of Oracle: oracle://user:password@host:port/service"
    )


class _Server:
    """A server and its slots."""

    def __init__(self, url: Secret) -> None:
        self._parameters = _parameters(url)
        self._numbers = itertools.count()
        self._token = f"{_PREFIX}_{secrets.token_hex(4).upper()}"
        self._is_closed = False
        self._lock = threading.Lock()
        self.slots = Slots(self._make_slot, lambda slot: slot.drop())
        connection = self.connect()
        self.version = str(connection.version)
        connection.close()

    @property
    def is_running(self) -> bool:
        return not self._is_closed

    def connect(self, user: str | None = None, password: Secret | None = None) -> Connection:
        """Connect in autocommit mode; raise ServerLost where that cannot be done."""
        import oracledb

        password = password or self._parameters["password"]
        try:
            connection = oracledb.connect(
                user=user or self._parameters["user"],
                password=password.reveal(),
                dsn=self._parameters["dsn"],
                tcp_connect_timeout=_CONNECT_S,
            )
        except oracledb.Error as error:
            raise ServerLost(one_line(str(error), [password.reveal()])) from None
        connection.autocommit = True
        connection.outputtypehandler = _typed
        return connection

    def _make_slot(self) -> _Slot:
        with self._lock:
            return _Slot(self, f"{self._token}_{next(self._numbers)}")

    def close(self) -> None:
        self._is_closed = True
        self.slots.close()


class _Slot:
    """The session of one run at a time that makes its user."""

    def __init__(self, server: _Server, name: str) -> None:
        self._server = server
        self._prefix = name
        self._name = ""
        self._numbers = itertools.count()
        self._admin = server.connect()
        self.is_clean = True

    def run(self, task: Task) -> tuple[Table, ...]:
        self._name = f"{self._prefix}_{next(self._numbers)}"
        self.is_clean = False
        password = Secret(f"p{secrets.token_hex(12)}")
        try:
            self._prepare(password, task)
            return self._ask(password, task)
        finally:
            self.is_clean = self._removes()

    def _execute(self, *statements: str) -> list[tuple[Any, ...]]:
        return _execute(self._admin, statements)

    def _prepare(self, password: Secret, task: Task) -> None:
        self._execute(
            f'CREATE USER {self._name} IDENTIFIED BY "{password.reveal()}"',
            f"GRANT CREATE SESSION, UNLIMITED TABLESPACE, {_RIGHTS} TO {self._name}",
        )
        connection = self._server.connect(self._name, password)
        try:
            _execute(connection, [*_SESSION, *oracle_statements(task.setup)])
        except HarnessError as error:
            raise HarnessError(f"the problem's setup failed: {error}") from None
        finally:
            connection.close()
        if not task.state:
            self._execute(f"REVOKE UNLIMITED TABLESPACE, {_RIGHTS} FROM {self._name}")

    @contextlib.contextmanager
    def _session(self, password: Secret) -> Iterator[Connection]:
        connection = self._server.connect(self._name, password)
        try:
            _execute(connection, _SESSION)
            yield connection
        finally:
            with contextlib.suppress(Exception):
                connection.close()

    def _ask(self, password: Secret, task: Task) -> tuple[Table, ...]:
        with self._session(password) as connection:
            deadline = time.monotonic() + task.limits.time_s
            if not task.state:
                _execute(connection, ["SET TRANSACTION READ ONLY"])
                return (self._run(connection, task.sql, task, deadline).table(),)
            self._run(connection, task.sql, task, deadline)
        # It may have been changed: everyone may change their own.
        self._execute(f'ALTER USER {self._name} IDENTIFIED BY "{password.reveal()}"')
        with self._session(password) as connection:
            _execute(connection, ["SET TRANSACTION READ ONLY"])
            return tuple(self._ask_state(connection, q, task, deadline) for q in task.state)

    def _ask_state(self, connection: Connection, query: str, task: Task, deadline: float) -> Table:
        try:
            return self._run(connection, query, task, deadline).table()
        except CandidateFailed as failure:
            if failure.outcome in {Outcome.RUNTIME_ERROR, Outcome.COMPILE_ERROR}:
                raise change_failed(query, failure.evidence) from None
            raise

    def _run(self, connection: Connection, script: str, task: Task, deadline: float) -> Collector:
        import oracledb

        rows = Collector(task.limits.output_bytes)
        connection.autocommit = bool(task.state)
        try:
            for statement in oracle_statements(script):
                with connection.cursor() as cursor:
                    cursor.arraysize = _ARRAY_SIZE
                    _await(connection, deadline)
                    cursor.execute(statement)
                    if cursor.description:
                        rows.begin(len(cursor.description))
                    while cursor.description and (batch := cursor.fetchmany()):
                        for row in batch:
                            rows.add([_value(cell) for cell in row])
                        _await(connection, deadline)
        except TimeoutError:
            raise timed_out(task.limits) from None
        except oracledb.Error as error:
            code, words = _code(error), one_line(str(error), limit=2000)
            if code == _TIMEOUT:
                raise timed_out(task.limits) from None
            if code in _LOST:
                self._execute("SELECT 1 FROM dual")  # raises where the whole server was lost
            raise CandidateFailed(outcome_of(code), words) from None
        return rows

    def _removes(self) -> bool:
        """End the run's sessions and remove its user; return whether that went well."""
        sessions = f"SELECT sid, serial# FROM v$session WHERE username = '{self._name}'"  # noqa: S608
        deadline = time.monotonic() + _GONE_S
        with contextlib.suppress(HarnessError, ServerLost):
            while (found := self._execute(sessions)) and time.monotonic() < deadline:
                for sid, serial in found:
                    with contextlib.suppress(HarnessError):  # it is gone by now
                        self._execute(f"ALTER SYSTEM KILL SESSION '{sid},{serial}' IMMEDIATE")
                time.sleep(_PAUSE_S)
            self._execute(f"DROP USER {self._name} CASCADE")
            return True
        return False

    def drop(self) -> None:
        with contextlib.suppress(Exception):
            self._admin.close()


_SESSION = (
    "ALTER SESSION SET time_zone = '+00:00'",
    "ALTER SESSION SET nls_date_format = 'YYYY-MM-DD HH24:MI:SS'",
)


def _await(connection: Connection, deadline: float) -> None:
    """Give the next call to the server the time that is left."""
    left_ms = round((deadline - time.monotonic()) * 1000)
    if left_ms <= 0:
        raise TimeoutError
    connection.call_timeout = left_ms


def _execute(connection: Connection, statements: Iterable[str]) -> list[tuple[Any, ...]]:
    """Run statements of our own; return the rows of the last one."""
    import oracledb

    rows: list[tuple[Any, ...]] = []
    try:
        with connection.cursor() as cursor:
            for statement in statements:
                _await(connection, time.monotonic() + _OWN_S)
                cursor.execute(statement)
                rows = list(cursor.fetchall()) if cursor.description else []
    except oracledb.Error as error:
        lost = _code(error) in _LOST
        raise (ServerLost if lost else HarnessError)(one_line(str(error))) from None
    return rows


def _code(error: Exception) -> str:
    return str(getattr(error.args[0], "full_code", "")) if error.args else ""


def _typed(cursor: Any, metadata: Any) -> Any:
    """Fetch numbers exactly, texts of fixed length without their padding, LOBs as values."""
    import oracledb

    match metadata.type_code:
        case oracledb.DB_TYPE_NUMBER:
            return cursor.var(Decimal, arraysize=cursor.arraysize)
        case oracledb.DB_TYPE_CHAR | oracledb.DB_TYPE_NCHAR:
            kind, size = metadata.type_code, metadata.internal_size
            return cursor.var(
                kind, size, cursor.arraysize, outconverter=lambda text: text.rstrip(" ")
            )
        case oracledb.DB_TYPE_CLOB | oracledb.DB_TYPE_NCLOB:
            return cursor.var(oracledb.DB_TYPE_LONG, arraysize=cursor.arraysize)
        case oracledb.DB_TYPE_BLOB:
            return cursor.var(oracledb.DB_TYPE_LONG_RAW, arraysize=cursor.arraysize)
    return None


def _value(cell: object) -> object:
    import oracledb

    if isinstance(cell, oracledb.IntervalYM):
        return duration(12 * cell.years + cell.months, 0)
    return cell
