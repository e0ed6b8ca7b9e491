"""Compilers that stay alive between answers, each in a sandbox of its own.

Starting a compiler of the Java platform costs ten times what compiling an answer does. A
server gets an answer's files and gives back what it made of them; the answer's own, fresh
sandbox then only runs it. A server that fails in any way is replaced, and that answer is
compiled by the compiler's command instead: only time is lost.
"""

from __future__ import annotations

import base64
import os
import threading
import time
from collections.abc import Mapping
from typing import Protocol

from pytest_llmbench.errors import LLMBenchError
from pytest_llmbench.grading.candidate import CandidateProcess, Compiled
from pytest_llmbench.grading.failures import CandidateFailed, CandidateRaised, HarnessError
from pytest_llmbench.languages import Build, Language
from pytest_llmbench.vocabulary import Limits, Outcome

__all__ = ["CompileServers"]

_MOST_SERVERS = 8
_PROCESSORS_PER_SERVER = 2
"""What a server compiles is to be run, which costs as much again."""
_FAILURES = 2
"""Failed starts after which answers are compiled by the command for good."""
_SOURCE_CHARS = 1_000_000
_START_S = 60.0
_LIFE_S = 24 * 3600.0
_OUTPUT_BYTES = 16 * 1024 * 1024
_PROCESSES = 64


class Start(Protocol):
    """Starts a process in a fresh sandbox."""

    def __call__(self, language: Language, limits: Limits) -> CandidateProcess: ...


class CompileServers:
    """The compile servers of one judge, from any thread."""

    def __init__(self, start: Start) -> None:
        self._start = start
        self._lock = threading.Lock()
        self._pools: dict[str, _Pool] = {}
        self._is_closed = False

    def start_early(self, language: Language) -> None:
        """Begin to start a language's server, if it has one; return at once."""
        if language.server is not None and language.toolchain() is not None:
            self._pool(language).start_early()

    def compile(
        self, language: Language, files: Mapping[str, str], limit_s: float
    ) -> Compiled | None:
        """Compile an answer; None where a command has to do it.

        Raise TimeoutError where it takes longer than `limit_s`, and HarnessError where the
        judge was closed.
        """
        if language.server is None or sum(map(len, files.values())) > _SOURCE_CHARS:
            return None
        return self._pool(language).compile(files, limit_s)

    def close(self) -> None:
        """Kill every server at once; compiling ends with HarnessError."""
        with self._lock:
            self._is_closed = True
            pools = list(self._pools.values())
        for pool in pools:
            pool.close()

    def _pool(self, language: Language) -> _Pool:
        with self._lock:
            if self._is_closed:
                raise HarnessError("the judge was closed")
            pool = self._pools.get(language.name)
            if pool is None:
                pool = self._pools[language.name] = _Pool(self._start, language)
            return pool


class _Pool:
    """The servers of one language: as many as are needed at once, up to a number.

    They start in threads of their own, and whoever waits for one is given the first that
    is free.
    """

    def __init__(self, start: Start, language: Language) -> None:
        self._start = start
        self._language = language
        self._changed = threading.Condition()
        self._idle: list[_CompileServer] = []
        self._busy: set[_CompileServer] = set()
        self._starting = 0
        self._failures = 0
        self._is_closed = False
        self._most = max(1, min(_MOST_SERVERS, (os.cpu_count() or 1) // _PROCESSORS_PER_SERVER))

    def start_early(self) -> None:
        with self._changed:
            if not (self._idle or self._busy):
                self._grow()

    def compile(self, files: Mapping[str, str], limit_s: float) -> Compiled | None:
        server = self._take()
        if server is None:
            return None
        compiled: Compiled | None = None
        try:
            compiled = server.compile(files, limit_s)
        finally:
            self._give_back(server, is_usable=compiled is not None and server.is_usable)
        return compiled

    def _take(self) -> _CompileServer | None:
        with self._changed:
            while not self._idle:
                if self._is_closed:
                    raise HarnessError("the judge was closed")
                if self._failures >= _FAILURES and not self._busy:
                    return None
                self._grow()
                self._changed.wait()
            server = self._idle.pop()
            self._busy.add(server)
            return server

    def _give_back(self, server: _CompileServer, *, is_usable: bool) -> None:
        with self._changed:
            self._busy.discard(server)
            is_usable = is_usable and not self._is_closed
            if is_usable:
                self._idle.append(server)
            elif not self._is_closed:
                self._grow()
            self._changed.notify_all()
        if not is_usable:
            server.close()

    def _grow(self) -> None:
        """Start one more, unless one is on its way or there are enough; the lock is held."""
        running = len(self._idle) + len(self._busy)
        if self._starting or running >= self._most or self._failures >= _FAILURES:
            return
        self._starting += 1
        name = f"llmbench-compiler-{self._language.name}"
        threading.Thread(target=self._start_one, name=name, daemon=True).start()

    def _start_one(self) -> None:
        server: _CompileServer | None = None
        try:
            server = _CompileServer(self._start, self._language)
        except (LLMBenchError, CandidateFailed, CandidateRaised, OSError):
            pass
        finally:
            with self._changed:
                self._starting -= 1
                self._failures = 0 if server else self._failures + 1
                is_closed = self._is_closed
                if server is not None and not is_closed:
                    self._idle.append(server)
                self._changed.notify_all()
        if server is not None and is_closed:
            server.close()

    def close(self) -> None:
        with self._changed:
            self._is_closed = True
            idle, busy = self._idle, list(self._busy)
            self._idle = []
            self._changed.notify_all()
        for server in busy:  # whoever uses it closes it
            server.kill()
        for server in idle:
            server.close()


class _CompileServer:
    """One server: a driver of the language's platform, whose function is its compiler."""

    def __init__(self, start: Start, language: Language) -> None:
        """Start it and try it; raise what says that it does not work."""
        server = language.server
        assert server is not None
        build = Build(run=server.run)
        limits = Limits(
            time_s=_LIFE_S,
            memory_bytes=server.memory_bytes,
            output_bytes=_OUTPUT_BYTES,
            processes=_PROCESSES,
        )
        self._calls_left = server.calls
        self._process = start(language, limits)
        try:
            self._process.build({}, build)
            self._process.deadline = time.monotonic() + _START_S
            self._process.start_driver(build)
            tried = self._ask(server.trial, _START_S)
        except BaseException:
            self._process.close()
            raise
        if not tried.is_compiled:
            self._process.close()
            raise HarnessError(f"the compile server does not compile: {tried.said[:1000]}")

    @property
    def is_usable(self) -> bool:
        return self._calls_left > 0

    def compile(self, files: Mapping[str, str], limit_s: float) -> Compiled | None:
        """Compile an answer; None where the server failed. Raise TimeoutError."""
        self._calls_left -= 1
        try:
            return self._ask(files, limit_s)
        except CandidateFailed as failure:
            if failure.outcome is Outcome.TIMEOUT:
                raise TimeoutError from None
            return None
        except (CandidateRaised, LLMBenchError):
            return None

    def _ask(self, files: Mapping[str, str], limit_s: float) -> Compiled:
        self._process.deadline = time.monotonic() + limit_s
        match self._process.call("compile", [dict(files)]):
            case [bool(is_compiled), str(said), dict(made)]:
                content = {str(name): base64.b64decode(text) for name, text in made.items()}
                return Compiled(is_compiled=is_compiled, said=said, files=content)
        raise HarnessError("the compile server answered something else")

    def kill(self) -> None:
        self._process.kill()

    def close(self) -> None:
        self._process.close()
