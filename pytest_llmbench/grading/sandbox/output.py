"""Where a sandboxed program prints.

An unnamed file in memory, not a pipe: its size is bounded by RLIMIT_FSIZE, nobody has
to drain it, and a flood blocks nothing.
"""

from __future__ import annotations

import os

__all__ = ["PrintedOutput"]


class PrintedOutput:
    def __init__(self) -> None:
        self.fd = os.memfd_create("output")

    @property
    def size(self) -> int:
        """Bytes printed so far."""
        return os.fstat(self.fd).st_size

    def read(self, limit: int) -> str:
        """Return the first `limit` bytes as text."""
        return os.pread(self.fd, limit, 0).decode("utf-8", "replace")

    def close(self) -> None:
        os.close(self.fd)
