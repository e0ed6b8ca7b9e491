"""One session of MySQL or MariaDB that runs what is not trusted."""

from __future__ import annotations

import functools
import socket
import time
from typing import TYPE_CHECKING, Any

from pytest_llmbench.generation.redaction import one_line
from pytest_llmbench.grading.failures import CandidateFailed, HarnessError
from pytest_llmbench.grading.sql.engine import Collector, timed_out
from pytest_llmbench.grading.sql.server import ServerLost
from pytest_llmbench.grading.sql.statements import mysql_pieces
from pytest_llmbench.vocabulary import Limits, Outcome

if TYPE_CHECKING:
    from pymysql.connections import Connection

__all__ = ["ConnectionLost", "Session", "Wire", "decoders", "execute"]

_MESSAGE_LIMIT = 2000
_OUTCOMES = {
    1064: Outcome.COMPILE_ERROR,
    1065: Outcome.WRONG_ANSWER,  # nothing but comments
    1037: Outcome.MEMORY_LIMIT,
    1038: Outcome.MEMORY_LIMIT,
    1041: Outcome.MEMORY_LIMIT,
    1114: Outcome.OUTPUT_LIMIT,  # a temporary table is full
    1317: Outcome.TIMEOUT,  # interrupted
    1969: Outcome.TIMEOUT,  # max_statement_time of MariaDB
    3024: Outcome.TIMEOUT,  # max_execution_time of MySQL
}
_LOST = frozenset({1053, 1927, 2006, 2013})
_MEMORY_SETTING = "max-session-mem-used"


class ConnectionLost(Exception):  # noqa: N818 - whose fault it is, others decide
    """The session ended before it had answered."""


class Wire(socket.socket):
    """A socket with a clock and a count of bytes, under a driver that has neither.

    PyMySQL reads whole results, and waits for each piece of one as long as for the first.
    """

    _limits: Limits | None = None
    _deadline = 0.0
    _left = 0

    def bound(self, limits: Limits, deadline: float) -> None:
        """Have whatever is read from now on end an answer that goes beyond these."""
        self._limits = limits
        self._deadline = deadline
        self._left = limits.output_bytes

    def recv_into(self, *arguments: Any) -> int:
        if self._limits is None:
            return super().recv_into(*arguments)
        left_s = self._deadline - time.monotonic()
        if left_s <= 0:
            raise timed_out(self._limits)
        self.settimeout(left_s)
        try:
            count = super().recv_into(*arguments)
        except TimeoutError:
            raise timed_out(self._limits) from None
        self._left -= count
        if self._left < 0:
            words = f"the result is larger than {self._limits.output_bytes} bytes"
            raise CandidateFailed(Outcome.OUTPUT_LIMIT, words)
        return count


class Session:
    """Statements of one answer, or those that ask for the state it left."""

    def __init__(
        self, connection: Connection[Any], wire: Wire | None, limits: Limits, deadline: float
    ) -> None:
        self.connection = connection
        self.deadline = deadline
        self._wire = wire
        self._limits = limits

    def run(self, script: str) -> Collector:
        """Run any number of statements; return the rows of the last one that gave any.

        Raise CandidateFailed where they fail, and ConnectionLost.
        """
        import pymysql

        rows = Collector(self._limits.output_bytes)
        if self._wire is not None:
            self._wire.bound(self._limits, self.deadline)
        try:
            for piece in mysql_pieces(script):
                self._execute(piece, rows)
        except pymysql.MySQLError as error:
            raise _failure(error) from None
        except (UnicodeError, ValueError, RuntimeError, LookupError) as error:
            # The driver could not read what came, or was asked for a file.
            raise CandidateFailed(Outcome.RUNTIME_ERROR, one_line(str(error))) from None
        return rows

    def _execute(self, piece: str, rows: Collector) -> None:
        with self.connection.cursor() as cursor:
            cursor.execute(piece.encode("utf-8", "replace"))
            while True:
                if cursor.description:
                    rows.begin(len(cursor.description))
                    for row in cursor.fetchall():
                        rows.add(row)
                if not cursor.nextset():
                    return


def _failure(error: Exception) -> CandidateFailed | ConnectionLost:
    code = error.args[0] if error.args and isinstance(error.args[0], int) else 0
    words = str(error.args[-1] if error.args else error)[:_MESSAGE_LIMIT]
    if code in _LOST or not code:
        return ConnectionLost(one_line(words))
    outcome = _OUTCOMES.get(code, Outcome.RUNTIME_ERROR)
    if _MEMORY_SETTING in words:
        outcome = Outcome.MEMORY_LIMIT
    return CandidateFailed(outcome, f"ERROR {code}: {words}")


def execute(connection: Connection[Any], *statements: str) -> list[tuple[Any, ...]]:
    """Run statements of our own; return the rows of the last one.

    Raise ServerLost where the connection broke, and HarnessError for other trouble.
    """
    import pymysql

    rows: list[tuple[Any, ...]] = []
    try:
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
                rows = list(cursor.fetchall())
                while cursor.nextset():
                    pass
    except pymysql.MySQLError as error:
        code = error.args[0] if error.args else 0
        lost = code in _LOST or not connection.open
        raise (ServerLost if lost else HarnessError)(one_line(str(error.args[-1:]))) from None
    return rows


@functools.cache
def decoders() -> dict[Any, Any]:
    """Return how values are read: PyMySQL's ways, but for times and bits."""
    from pymysql.constants import FIELD_TYPE
    from pymysql.converters import conversions

    return {
        **conversions,
        FIELD_TYPE.TIME: lambda text: text.rstrip("0").rstrip(".") if "." in text else text,
        FIELD_TYPE.BIT: lambda data: int.from_bytes(data, "big"),
    }
