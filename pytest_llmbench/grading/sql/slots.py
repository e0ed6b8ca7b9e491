"""Places on a server that one run at a time has for itself, made when all are taken."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from typing import Generic, Protocol, TypeVar

from pytest_llmbench.grading.failures import HarnessError

__all__ = ["Slot", "Slots"]

_DROP_S = 5.0


class Slot(Protocol):
    is_clean: bool
    """Whether the next run can have it."""


S = TypeVar("S", bound=Slot)


class Slots(Generic[S]):
    """Slots of one server; for any number of threads.

    `make` and `drop` may be slow; `drop` has a thread of its own, because it may wait for
    what a run left running, and must not raise.
    """

    def __init__(self, make: Callable[[], S], drop: Callable[[S], None]) -> None:
        self._make = make
        self._drop = drop
        self._lock = threading.Lock()
        self._free: list[S] = []
        self._droppers: list[threading.Thread] = []
        self._is_closed = False

    @contextlib.contextmanager
    def take(self) -> Iterator[S]:
        """Give a slot for the length of a block, and drop it where it was left unclean."""
        with self._lock:
            if self._is_closed:
                raise HarnessError("the judge was closed")
            slot = self._free.pop() if self._free else None
        if slot is None:
            slot = self._make()
        try:
            yield slot
        finally:
            self._give_back(slot)

    def _give_back(self, slot: S) -> None:
        with self._lock:
            if slot.is_clean and not self._is_closed:
                self._free.append(slot)
                return
            dropper = threading.Thread(target=self._drop, args=[slot], daemon=True)
            self._droppers = [other for other in self._droppers if other.is_alive()]
            self._droppers.append(dropper)
            dropper.start()

    def close(self) -> None:
        """Drop the free slots; those in use are dropped when they come back."""
        with self._lock:
            self._is_closed = True
            free, self._free = self._free, []
            droppers, self._droppers = self._droppers, []
        for slot in free:
            self._drop(slot)
        for dropper in droppers:
            dropper.join(_DROP_S)
