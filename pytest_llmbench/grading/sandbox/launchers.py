"""How launchers of ours are started: with the interpreter that runs us, outside."""

from __future__ import annotations

import json
import os
from pathlib import Path

from pytest_llmbench.errors import SandboxUnavailableError
from pytest_llmbench.languages import find_language

__all__ = ["Launcher"]


class Launcher:
    """One of the staged workers that starts others; it takes its order from a descriptor."""

    def __init__(self, path: Path) -> None:
        """Raise SandboxUnavailableError where there is no interpreter to run it."""
        python = find_language("python")
        toolchain = python.toolchain()
        if toolchain is None:
            raise SandboxUnavailableError(str(python.missing()))
        self._words = [str(toolchain.executable), *python.flags, str(path)]
        library = toolchain.library_path
        self.environment = {"LD_LIBRARY_PATH": str(library)} if library else {}

    def command(self, *fds: int) -> list[str]:
        return [*self._words, *map(str, fds)]

    @staticmethod
    def write_order(order: dict[str, object]) -> int:
        """Return a descriptor from which an order can be read."""
        fd = os.memfd_create("order")
        os.write(fd, json.dumps(order).encode("ascii"))
        os.lseek(fd, 0, os.SEEK_SET)
        return fd
