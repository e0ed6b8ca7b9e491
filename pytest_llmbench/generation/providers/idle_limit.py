"""A limit on how long an answer that has begun may fall silent."""

from __future__ import annotations

import asyncio

__all__ = ["IdleLimit"]


class IdleLimit:
    """End the wait for an answer when nothing has been heard for a while.

    It looks now and then when the last piece came: to set a timer anew at each of them
    would cost as much as reading it.
    """

    def __init__(self, limit: asyncio.Timeout, idle_s: float) -> None:
        """Expire `limit`, inside whose block it is used, after `idle_s` of silence."""
        self._limit = limit
        self._idle_s = idle_s
        self._loop = asyncio.get_running_loop()
        self._heard_s = 0.0
        self._alarm: asyncio.TimerHandle | None = None
        self.is_over = False

    def heard(self) -> None:
        """Note that something came; the first time begins the watch."""
        self._heard_s = self._loop.time()
        if self._alarm is None:
            self._alarm = self._loop.call_later(self._idle_s, self._look)

    def cancel(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()

    def _look(self) -> None:
        due_s = self._heard_s + self._idle_s
        if due_s > self._loop.time():
            self._alarm = self._loop.call_at(due_s, self._look)
        elif not self._limit.expired():
            self.is_over = True
            self._limit.reschedule(self._loop.time())
