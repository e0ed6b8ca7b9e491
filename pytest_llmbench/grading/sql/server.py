"""What the dialects that need a server have in common: its start, its end, its loss."""

from __future__ import annotations

import contextlib
import threading
from abc import ABC, abstractmethod
from typing import Generic, Protocol, TypeVar

from pytest_llmbench.errors import LLMBenchError
from pytest_llmbench.grading.failures import HarnessError
from pytest_llmbench.grading.sql.engine import Task
from pytest_llmbench.grading.sql.rows import Table
from pytest_llmbench.grading.sql.slots import Slot, Slots

__all__ = ["Server", "ServerEngine", "ServerLost", "ServerSlot"]

_ATTEMPTS = 4


class ServerLost(Exception):  # noqa: N818 - not always an error
    """A connection broke, and not by what was run on it: another one may do."""


class ServerSlot(Slot, Protocol):
    def run(self, task: Task) -> tuple[Table, ...]:
        """See `Engine.run`; raise ServerLost where the run may be tried again."""
        ...


T = TypeVar("T", bound=ServerSlot)


class Server(Protocol[T]):
    """A server that answers, or did."""

    slots: Slots[T]
    version: str

    @property
    def is_running(self) -> bool: ...

    def close(self) -> None:
        """End it and what runs on it, or remove from it what was made; from any thread."""
        ...


S = TypeVar("S", bound=Server)  # type: ignore[type-arg]


class ServerEngine(ABC, Generic[S]):
    """One server at a time, made when first needed and again when it was lost.

    A server that could not be made is not tried again: the next thousand answers would
    wait for it in vain.
    """

    def __init__(self, dialect: str) -> None:
        self._dialect = dialect
        self._lock = threading.Lock()
        self._server: S | None = None
        self._failure: HarnessError | None = None
        self._is_closed = False

    @abstractmethod
    def missing(self) -> str | None:
        """See `Engine`."""

    @abstractmethod
    def _make_server(self) -> S:
        """Start a server or connect to one; raise HarnessError or ServerLost."""

    @abstractmethod
    def _installed_version(self) -> str | None:
        """Return the version of the server that would be started; `None`: it must be asked."""

    def version(self) -> str | None:
        if self.missing():
            return None
        if self._server is None and (installed := self._installed_version()):
            return installed
        with contextlib.suppress(LLMBenchError):
            return self._running().version
        return None

    def warm_up(self) -> None:
        def start() -> None:
            with contextlib.suppress(LLMBenchError, ServerLost), self._running().slots.take():
                pass

        threading.Thread(target=start, name=f"llmbench-{self._dialect}", daemon=True).start()

    def run(self, task: Task) -> tuple[Table, ...]:
        lost = ""
        for _ in range(_ATTEMPTS):
            try:
                with self._running().slots.take() as slot:
                    tables: tuple[Table, ...] = slot.run(task)
                    return tables
            except ServerLost as error:
                lost = str(error)
        raise HarnessError(f"{self._dialect}: the server was lost: {lost}")

    def _running(self) -> S:
        with self._lock:
            if self._is_closed:
                raise HarnessError("the judge was closed")
            if self._failure is not None:
                raise self._failure
            if self._server is not None and not self._server.is_running:
                self._server.close()
                self._server = None
            if self._server is None:
                try:
                    self._server = self._make_server()
                except (HarnessError, ServerLost) as error:
                    self._failure = HarnessError(f"{self._dialect}: {error}")
                    raise self._failure from None
            return self._server

    def close(self) -> None:
        self._is_closed = True
        with self._lock:
            if self._server is not None:
                self._server.close()
                self._server = None
