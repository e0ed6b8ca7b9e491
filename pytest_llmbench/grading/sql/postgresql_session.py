"""One session of PostgreSQL that runs what is not trusted.

It speaks through libpq's asynchronous calls: a statement of the server's can be switched
off by the answer (`set statement_timeout = 0`), and a driver's `fetchall` would hold
whatever the answer makes. Here the clock and the count of bytes are the client's.
"""

from __future__ import annotations

import array
import fcntl
import re
import select
import termios
import time
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from pytest_llmbench.grading.failures import CandidateFailed
from pytest_llmbench.grading.sql.cells import duration, timestamp
from pytest_llmbench.grading.sql.engine import Collector
from pytest_llmbench.vocabulary import Outcome

if TYPE_CHECKING:
    from psycopg.pq.abc import PGconn, PGresult

__all__ = ["ConnectionLost", "run"]

_MESSAGE_LIMIT = 2000
_OUTCOMES = {
    "42601": Outcome.COMPILE_ERROR,  # syntax_error
    "53200": Outcome.MEMORY_LIMIT,  # out_of_memory
    "53400": Outcome.OUTPUT_LIMIT,  # configuration_limit_exceeded: temporary files
    "57014": Outcome.TIMEOUT,  # query_canceled
}

_LOST = frozenset({"57P02", "57P03"})
"""The server crashed, and maybe not because of this session."""


class ConnectionLost(Exception):  # noqa: N818 - whose fault it is, others decide
    """The session ended before it had answered."""


def run(connection: PGconn, sql: str, collector: Collector, deadline: float) -> None:
    """Run any number of statements and collect what the last query returns.

    Raise CandidateFailed where they fail, TimeoutError at the deadline (the server goes
    on), and ConnectionLost.
    """
    if "\0" in sql:
        raise CandidateFailed(Outcome.COMPILE_ERROR, "the statements hold a NUL character")
    _send(connection, sql, deadline)
    failure: CandidateFailed | None = None
    readers: list[Callable[[bytes], object]] | None = None
    while (result := _next_result(connection, collector, deadline)) is not None:
        match _STATUSES[result.status]:
            case "row":
                if readers is None:
                    readers = _begin(result, collector)
                collector.add(_row(result, readers), size=0)  # counted as it came
            case "rows":  # the end of them
                if readers is None:
                    _begin(result, collector)
                readers = None
            case "copy":
                raise CandidateFailed(Outcome.RUNTIME_ERROR, "COPY is not a query")
            case "error":
                failure = failure or _failure(result)
    if failure is not None:
        raise failure


def _send(connection: PGconn, sql: str, deadline: float) -> None:
    import psycopg

    poller = select.poll()
    poller.register(connection.socket, select.POLLIN | select.POLLOUT)
    try:
        connection.send_query(sql.encode("utf-8", "replace"))
        connection.set_single_row_mode()
        while connection.flush():
            left_ms = (deadline - time.monotonic()) * 1000
            if left_ms <= 0 or not (events := poller.poll(left_ms)):
                raise TimeoutError
            if events[0][1] & select.POLLIN:
                connection.consume_input()
    except psycopg.OperationalError as error:
        raise ConnectionLost(str(error)) from None


# psycopg.pq.ExecStatus; the module is an optional dependency
_STATUSES: Mapping[int, str] = {
    0: "nothing",
    1: "nothing",
    2: "rows",
    3: "copy",
    4: "copy",
    5: "error",
    6: "nothing",
    7: "error",
    8: "copy",
    9: "row",
}


def _next_result(connection: PGconn, collector: Collector, deadline: float) -> PGresult | None:
    import psycopg

    poller = select.poll()
    poller.register(connection.socket, select.POLLIN)
    waiting = array.array("i", [0])
    try:
        while connection.is_busy():
            left_ms = (deadline - time.monotonic()) * 1000
            if left_ms <= 0 or not poller.poll(left_ms):
                raise TimeoutError
            # Before libpq takes it all in: a single value can be a gigabyte.
            fcntl.ioctl(connection.socket, termios.FIONREAD, waiting)
            collector.spend(waiting[0])
            connection.consume_input()
        return connection.get_result()
    except psycopg.OperationalError as error:
        raise ConnectionLost(str(error)) from None


def _begin(result: PGresult, collector: Collector) -> list[Callable[[bytes], object]]:
    collector.begin(result.nfields)
    return [_READERS.get(result.ftype(column), _text) for column in range(result.nfields)]


def _row(result: PGresult, readers: list[Callable[[bytes], object]]) -> list[object]:
    row: list[object] = []
    for column, read in enumerate(readers):
        value = result.get_value(0, column)
        try:
            row.append(None if value is None else read(value))
        except (ValueError, InvalidOperation, OverflowError):
            row.append(_text(value or b""))
    return row


def _failure(result: PGresult) -> CandidateFailed:
    state = (result.error_field(ord("C")) or b"").decode("ascii", "replace")
    message = result.error_message.decode("utf-8", "replace").strip()[:_MESSAGE_LIMIT]
    if not state or state in _LOST:
        raise ConnectionLost(message)
    return CandidateFailed(_OUTCOMES.get(state, Outcome.RUNTIME_ERROR), message)


def _text(value: bytes) -> str:
    return value.decode("utf-8", "surrogateescape")


def _date(value: bytes) -> str:
    return date.fromisoformat(value.decode("ascii")).isoformat()


def _timestamp(value: bytes) -> str:
    return timestamp(datetime.fromisoformat(value.decode("ascii")))


_ISO_DURATION = re.compile(
    r"P(?:(-?\d+)Y)?(?:(-?\d+)M)?(?:(-?\d+)W)?(?:(-?\d+)D)?"
    r"(?:T(?:(-?\d+)H)?(?:(-?\d+)M)?(?:(-?[\d.]+)S)?)?"
)


def _interval(value: bytes) -> str:
    found = _ISO_DURATION.fullmatch(value.decode("ascii"))
    if found is None:
        raise ValueError
    years, months, weeks, days, hours, minutes = (int(part or 0) for part in found.groups()[:6])
    seconds = Decimal(found[7] or 0) + 60 * (minutes + 60 * (hours + 24 * (days + 7 * weeks)))
    return duration(12 * years + months, int(seconds * 1_000_000))


_READERS: Mapping[int, Callable[[bytes], object]] = {
    16: lambda value: int(value == b"t"),
    17: lambda value: bytes.fromhex(value.removeprefix(b"\\x").decode("ascii")),
    20: int,
    21: int,
    23: int,
    26: int,
    700: float,
    701: float,
    1042: lambda value: _text(value).rstrip(" "),
    1082: _date,
    1114: _timestamp,
    1184: _timestamp,
    1186: _interval,
    1700: lambda value: Decimal(value.decode("ascii")),
}
"""By the object id of the type (pg_type.dat); of every other type its text."""
