"""What one running answer has to itself on the machine, and the next one gets after it."""

from __future__ import annotations

import errno
import functools
import os
import threading
from collections.abc import Callable
from pathlib import Path

from pytest_llmbench.grading.sandbox.cgroups import Cgroups, Slot

__all__ = ["Home", "Homes"]

_FIRST_UID = 1_000_000_000
_UIDS = 512
"""For each process of ours: the numbers of all that there can be fit into a user id."""
_OUR_PROCESSES = 64
"""In a slot, beside the answer's, which are counted by their user too: launchers, the
first process of the namespace, and a copy of each fork server."""


class Home:
    """A user id that no other live sandbox has (0: our own), and a slot where there is one."""

    def __init__(
        self, uid: int = 0, slot: Slot | None = None, leave: Callable[[], None] = lambda: None
    ) -> None:
        self.uid = uid
        self.slot = slot
        self._leave = leave
        self._was_out_of_memory = False
        self._is_left = False

    def own(self, folder: Path | None) -> None:
        """Give it a folder of the host, for an answer that is none."""
        if folder is not None and self.uid:
            os.chown(folder, self.uid, self.uid)

    @property
    def was_out_of_memory(self) -> bool:
        if self.slot is not None and not self._is_left:
            self._was_out_of_memory |= self.slot.was_out_of_memory
        return self._was_out_of_memory

    @property
    def memory_in_use(self) -> int | None:
        return None if self.slot is None else self.slot.memory_in_use

    def limit_memory(self, memory_bytes: int) -> None:
        if self.slot is not None:
            self.slot.limit_memory(memory_bytes)

    def leave(self) -> None:
        """Give it to the next; nothing of the answer may be left in it."""
        if self.slot is not None:
            self._was_out_of_memory |= self.slot.leave()
        self._is_left = True
        self._leave()


class Homes:
    """The homes of one sandbox, from any number of threads."""

    def __init__(self, cgroups: Cgroups | None, *, has_uids: bool) -> None:
        self._cgroups = cgroups
        self._uids = _process_uids() if has_uids else None

    def take(self, memory_bytes: int, processes: int, *, is_counted: bool = True) -> Home:
        """Return an empty home; one that is not counted has no limits on all together."""
        uid = self._uids.take() if self._uids else 0
        slot = None
        try:
            if self._cgroups is not None and is_counted:
                slot = self._cgroups.take(memory_bytes, processes + _OUR_PROCESSES)
        except BaseException:
            self._give_back(uid, None)
            raise
        return Home(uid, slot, lambda: self._give_back(uid, slot))

    def _give_back(self, uid: int, slot: Slot | None) -> None:
        if self._uids:
            self._uids.give_back(uid)
        if self._cgroups and slot:
            self._cgroups.give_back(slot)


@functools.cache
def _process_uids() -> _Uids:
    """Return those of this process: its sandboxes must not give the same ones twice."""
    return _Uids()


class _Uids:
    """User ids that no live answer of this process or of another one has."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        first = _FIRST_UID + os.getpid() * _UIDS
        self._free = list(range(first, first + _UIDS))

    def take(self) -> int:
        with self._lock:
            if not self._free:
                raise OSError(errno.EAGAIN, f"{_UIDS} answers run at once")
            return self._free.pop()

    def give_back(self, uid: int) -> None:
        with self._lock:
            self._free.append(uid)
