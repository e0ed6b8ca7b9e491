"""Run one answer's SQL in an embedded engine, over an inherited socket.

Started inside the sandbox as `python sql_worker.pyc FD`, or forked by the fork server,
which has imported it. A request `setup` makes a database in memory before the answer is
here, `run` runs the answer and gives rows back, as plain values: nothing that is expected
of them is ever in this process. The engines' own settings close files, extensions and
other databases; what is behind them is the sandbox.
"""

from __future__ import annotations

import contextlib
import glob
import os
import sys

if __name__ == "__main__":
    sys.path.insert(0, sys.argv[0].rpartition("/")[0])
from pytest_llmbench.grading.frames import MAX_FRAME_BYTES, FrameChannel
from pytest_llmbench.grading.values import UnsendableError, encode

if __name__ == "__main__":
    del sys.path[0]

TYPE_CHECKING = False  # importing it from typing costs more than this module
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

_MESSAGE_LIMIT = 2000
_LARGEST_VALUE = 16 * 1024 * 1024
_LIMIT_LENGTH, _LIMIT_ATTACHED = 0, 7  # sqlite3.h


def serve(fd: int) -> None:
    """Serve requests until the judge hangs up."""
    channel = FrameChannel(fd)
    channel.send(["", "ready"])
    engine: Any = None
    while True:
        request_id, kind, *parts = channel.receive()
        try:
            if kind == "setup":
                engine = _set_up(*parts)
                reply: list[object] = ["ready"]
            else:
                reply = ["tables", _run(engine, *parts)]
        except _Failure as failure:
            reply = ["failed", failure.kind, failure.message[:_MESSAGE_LIMIT]]
        except MemoryError:
            reply = ["failed", "memory", "out of memory"]
        try:
            is_too_big = len(encode([request_id, *reply])) > MAX_FRAME_BYTES
        except UnsendableError:
            is_too_big = True
        channel.send([request_id, *(["failed", "size", ""] if is_too_big else reply)])


class _Failure(Exception):  # noqa: N818 - not an error of ours
    """Why there are no rows: `syntax`, `error`, `memory`, `size`, or `state`."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(kind, message)
        self.kind = kind
        self.message = message


def _set_up(dialect: Any, setup: Any, memory_bytes: Any, paths: Any) -> _Sqlite | _DuckDB:
    return _Sqlite(setup) if dialect == "sqlite" else _DuckDB(setup, memory_bytes, paths)


def _run(engine: _Sqlite | _DuckDB, sql: Any, state: Any, max_bytes: Any) -> list[list[object]]:
    """Return the answer's rows, or those of the state's queries: each with its columns."""
    table = engine.run(sql, _Bound(max_bytes), is_query=not state)
    if not state:
        return [table] if table is not None else []
    engine.begin_state()
    tables = []
    bound = _Bound(max_bytes)
    for query in state:
        try:
            table = engine.run_state(query, bound)
        except _Failure as failure:
            raise _Failure("state", failure.message) from None
        tables.append(table or [0, []])
    return tables


class _Bound:
    """How many bytes of rows may still come."""

    def __init__(self, left: int) -> None:
        self.left = left

    def collect(self, rows: Iterable[tuple[Any, ...]]) -> list[object]:
        kept: list[object] = []
        for row in rows:
            cells = [_plain(value) for value in row]
            self.left -= 8 + sum(map(_size, cells))
            if self.left < 0:
                raise _Failure("size", "")
            kept.append(cells)
        return kept


def _size(cell: object) -> int:
    if isinstance(cell, str | bytes):
        return len(cell) + 8
    if isinstance(cell, list | tuple):
        return 8 + sum(map(_size, cell))
    if isinstance(cell, dict):
        return 8 + sum(_size(key) + _size(item) for key, item in cell.items())
    return 8


def _plain(value: Any) -> object:
    """Make a value fit to be sent; `embedded.py` reads the pairs."""
    kind = type(value)
    if value is None or kind in {int, float, str, bytes, bool}:
        return value
    if kind in {list, tuple}:
        return [_plain(item) for item in value]
    if kind is dict:
        return {str(key): _plain(item) for key, item in value.items()}
    if kind.__name__ == "timedelta":
        return ("interval", (value.days * 86_400 + value.seconds) * 10**6 + value.microseconds)
    if kind.__name__ in {"date", "datetime", "time"}:
        return (kind.__name__, value.isoformat())
    return ("decimal" if kind.__name__ == "Decimal" else "text", str(value))


# SQLite


class _Sqlite:
    """An in-memory database of SQLite, with an authorizer between it and the answer."""

    def __init__(self, setup: str) -> None:
        import sqlite3

        self._sqlite = sqlite3
        self._denied = ""
        self._connection = self._connect()
        try:
            self._connection.executescript(setup)
        except sqlite3.Error as error:
            raise _Failure("setup", str(error)) from None

    def _connect(self) -> Any:
        connection = self._sqlite.connect(":memory:", isolation_level=None)
        connection.text_factory = lambda data: data.decode("utf-8", "surrogateescape")
        if hasattr(connection, "setlimit"):
            connection.setlimit(_LIMIT_LENGTH, _LARGEST_VALUE)
            connection.setlimit(_LIMIT_ATTACHED, 0)
        return connection

    def run(self, sql: str, bound: _Bound, *, is_query: bool) -> list[object] | None:
        """Run every statement; return what the last one that gave columns gave."""
        self._connection.set_authorizer(self._authorizer(is_query=is_query))
        return self._execute(sql, bound)

    def begin_state(self) -> None:
        """Go on with what was committed, on a connection that the answer never had.

        Its temporary tables, settings and open transaction stay behind.
        """
        if self._connection.in_transaction:
            self._connection.rollback()
        fresh = self._connect()
        self._connection.set_authorizer(None)
        self._connection.backup(fresh)
        self._connection.close()
        self._connection = fresh

    def run_state(self, query: str, bound: _Bound) -> list[object] | None:
        return self._execute(query, bound)

    def _execute(self, sql: str, bound: _Bound) -> list[object] | None:
        table: list[object] | None = None
        try:
            for statement in self._statements(sql):
                self._denied = ""
                cursor = self._connection.execute(statement)
                if cursor.description is not None:
                    table = [len(cursor.description), bound.collect(cursor)]
        except (self._sqlite.Error, self._sqlite.Warning, ValueError) as error:
            raise self._failure(error) from None
        return table

    def _statements(self, sql: str) -> Iterator[str]:
        start, at = 0, sql.find(";")
        while at >= 0:
            if self._sqlite.complete_statement(sql[start : at + 1]):
                yield sql[start : at + 1]
                start = at + 1
            at = sql.find(";", at + 1)
        if sql[start:].strip():
            yield sql[start:]

    def _failure(self, error: Exception) -> _Failure:
        message = f"{error} ({self._denied})" if self._denied else str(error)
        if isinstance(error, self._sqlite.DataError) and "too big" in message:
            return _Failure("size", message)
        is_syntax = any(words in message for words in _SQLITE_SYNTAX)
        return _Failure("syntax" if is_syntax else "error", message)

    def _authorizer(self, *, is_query: bool) -> Callable[..., int]:
        allow, deny = self._sqlite.SQLITE_OK, self._sqlite.SQLITE_DENY
        writes = {getattr(self._sqlite, f"SQLITE_{name}") for name in _SQLITE_WRITES}
        attach, detach = self._sqlite.SQLITE_ATTACH, self._sqlite.SQLITE_DETACH
        pragma, function = self._sqlite.SQLITE_PRAGMA, self._sqlite.SQLITE_FUNCTION

        def authorize(
            action: int, first: str | None, second: str | None, database: str | None, _: str | None
        ) -> int:
            if action in {attach, detach}:
                self._denied = "other databases"
            elif action == pragma and str(first).lower() not in _SQLITE_PRAGMAS:
                self._denied = f"PRAGMA {first}"
            elif action == function and str(second).lower() in _SQLITE_FUNCTIONS:
                self._denied = f"{second}()"
            elif is_query and action in writes and database != "temp":
                self._denied = f"the question is for a query, which changes nothing: {first}"
            elif str(first).lower() == "sqlite_dbpage":
                self._denied = "raw pages"
            else:
                return allow
            return deny

        return authorize


_SQLITE_SYNTAX = ("syntax error", "incomplete input", "unrecognized token", "embedded null")
_SQLITE_FUNCTIONS = {"load_extension", "fts3_tokenizer", "readfile", "writefile", "edit"}
_SQLITE_PRAGMAS = {
    "busy_timeout", "cache_size", "case_sensitive_like", "collation_list", "compile_options",
    "database_list", "defer_foreign_keys", "encoding", "foreign_key_check", "foreign_key_list",
    "foreign_keys", "function_list", "index_info", "index_list", "index_xinfo",
    "integrity_check", "journal_mode", "legacy_alter_table", "module_list", "optimize",
    "pragma_list", "quick_check", "recursive_triggers", "synchronous", "table_info",
    "table_list", "table_xinfo", "temp_store", "user_version",
}  # fmt: skip
_SQLITE_WRITES = (
    "ALTER_TABLE", "ANALYZE", "CREATE_INDEX", "CREATE_TABLE", "CREATE_TRIGGER", "CREATE_VIEW",
    "CREATE_VTABLE", "DELETE", "DROP_INDEX", "DROP_TABLE", "DROP_TRIGGER", "DROP_VIEW",
    "DROP_VTABLE", "INSERT", "REINDEX", "UPDATE",
)  # fmt: skip


# DuckDB


class _DuckDB:
    """An in-memory database of DuckDB, locked before the answer is in it."""

    def __init__(self, setup: str, memory_bytes: int, paths: list[str]) -> None:
        self._duckdb = _import_duckdb(paths)
        self._root = _prepared or _open_duckdb()
        try:
            # The rest is for the code of the engine itself, which the process's limit ends.
            self._root.execute(f"SET memory_limit = '{memory_bytes * 3 // 4 >> 20}MiB'")
            self._root.execute(setup)
        except self._duckdb.Error as error:
            raise _Failure("setup", str(error)) from None
        for setting in _DUCKDB_LOCKS:
            self._root.execute(f"SET {setting}")

    def run(self, sql: str, bound: _Bound, *, is_query: bool) -> list[object] | None:
        """Run every statement; return what the last one that gives rows gave."""
        session = self._root.cursor()
        try:
            if is_query:
                session.execute("BEGIN TRANSACTION READ ONLY")
            return self._execute(session, sql, bound, is_query=is_query)
        finally:
            session.close()  # which rolls back

    def begin_state(self) -> None:
        """Do nothing: each query has a connection of its own."""

    def run_state(self, query: str, bound: _Bound) -> list[object] | None:
        session = self._root.cursor()
        try:
            return self._execute(session, query, bound, is_query=False)
        finally:
            session.close()

    def _execute(
        self, session: Any, sql: str, bound: _Bound, *, is_query: bool
    ) -> list[object] | None:
        table: list[object] | None = None
        try:
            for statement in session.extract_statements(sql):
                if is_query and statement.type == self._duckdb.StatementType.TRANSACTION:
                    raise _Failure("error", "the question is for a query, not for transactions")
                session.execute(statement)
                if self._gives_rows(statement):
                    rows = iter(session.fetchone, None)
                    table = [len(session.description), bound.collect(rows)]
        except self._duckdb.OutOfMemoryException as error:
            raise _Failure("memory", str(error)) from None
        except self._duckdb.ParserException as error:
            raise _Failure("syntax", str(error)) from None
        except (self._duckdb.Error, RuntimeError, ValueError, OverflowError) as error:
            raise _Failure("error", str(error)) from None
        return table

    def _gives_rows(self, statement: Any) -> bool:
        # Anything else gives a count of what it changed, as if that were a row.
        query = self._duckdb.ExpectedResultType.QUERY_RESULT
        if statement.expected_result_type == [query]:
            return True
        return bool(statement.type == self._duckdb.StatementType.MULTI)  # PIVOT


_DUCKDB_SETTINGS = {
    "threads": 1,
    "allow_community_extensions": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_persistent_secrets": "false",
    "python_enable_replacements": "false",
    "temp_directory": "",
}
_DUCKDB_LOCKS = ("enable_external_access = false", "lock_configuration = true")


def _open_duckdb() -> Any:
    """Open an empty database that has no threads, where DuckDB can do without."""
    duckdb = sys.modules["duckdb"]
    try:
        connection = duckdb.connect(":memory:", config={**_DUCKDB_SETTINGS, "async_threads": 0})
    except duckdb.Error:  # before DuckDB 2 there is no such setting
        connection = duckdb.connect(":memory:", config=_DUCKDB_SETTINGS)
    connection.execute("SET TimeZone = 'UTC'")
    return connection


_prepared: Any = None
"""An empty database, opened before the fork; its copy is this worker's own."""


def _import_duckdb(paths: list[str]) -> Any:
    """Import DuckDB from its package's folder and its library, wherever they are shown."""
    if "duckdb" in sys.modules:
        return sys.modules["duckdb"]
    import importlib.metadata
    from importlib.util import module_from_spec, spec_from_file_location

    library, package = sorted(paths, key=lambda path: not path.endswith(".so"))
    _add_pytz()
    ask_version = importlib.metadata.version
    # The package asks for its own, which is in a folder that is not shown.
    importlib.metadata.version = lambda _: sys.modules["_duckdb"].__version__  # type: ignore[assignment]
    try:
        for name, path, folders in (
            ("_duckdb", library, None),
            ("duckdb", f"{package}/__init__.py", [package]),
        ):
            spec = spec_from_file_location(name, path, submodule_search_locations=folders)
            assert spec is not None
            assert spec.loader is not None
            sys.modules[name] = module_from_spec(spec)
            spec.loader.exec_module(sys.modules[name])
    except BaseException:
        sys.modules.pop("duckdb", None)
        raise
    finally:
        importlib.metadata.version = ask_version
    return sys.modules["duckdb"]


def _add_pytz() -> None:
    """Give DuckDB the little of pytz that it needs: every session here is in UTC."""
    from datetime import datetime, timedelta, tzinfo

    class Utc(tzinfo):
        def utcoffset(self, moment: datetime | None) -> timedelta:  # noqa: ARG002
            return timedelta()

        def tzname(self, moment: datetime | None) -> str:  # noqa: ARG002
            return "UTC"

        dst = utcoffset

        def localize(self, moment: datetime) -> datetime:
            return moment.replace(tzinfo=self)

    pytz: Any = type(sys)("pytz")
    pytz.utc = Utc()
    pytz.timezone = lambda _: pytz.utc
    sys.modules["pytz"] = pytz


def _warm_up() -> None:
    """Do what forks of this process will need, where it can be done."""
    global _prepared  # noqa: PLW0603 - what a fork inherits
    with contextlib.suppress(Exception):  # the worker says what is wrong
        import sqlite3  # noqa: F401
    shown = __file__.rpartition("/workers/")[0]
    found = glob.glob(f"{shown}/*-duckdb") + glob.glob(f"{shown}/*-_duckdb.*.so")
    if len(found) < 2:
        return
    with contextlib.suppress(Exception):
        _import_duckdb(found)
        connection = _open_duckdb()
        session = connection.cursor()
        for statement in session.extract_statements("BEGIN TRANSACTION READ ONLY; SELECT sum(1)"):
            session.execute(statement)
        session.close()
        if len(os.listdir("/proc/self/task")) == 1:  # a fork has one thread, and no others
            _prepared = connection


if __name__ == "__main__":
    serve(int(sys.argv[1]))
else:
    _warm_up()
