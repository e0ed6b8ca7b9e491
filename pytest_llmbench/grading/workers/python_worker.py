"""Run one Python answer: load it, then answer calls, over an inherited socket.

Started inside the sandbox as `python python_worker.pyc FD`, or forked by the fork
server, which has imported it. Nothing in this
process is trusted once the answer is loaded: it can read and change everything
here, and gains nothing, because no expected value is ever in it.

Start-up is paid once per sample, so this imports next to nothing; `os` (`posix`
is built in), `traceback`, `json` and `socket` each cost more than this whole module.
"""

from __future__ import annotations

import builtins
import posix
import sys
from _sitebuiltins import Quitter

# Isolated mode has no script folder on the path; it is there for these imports only.
if __name__ == "__main__":
    sys.path.insert(0, sys.argv[0].rpartition("/")[0])
from pytest_llmbench.grading.values import UnsendableError, decode, encode

if __name__ == "__main__":
    del sys.path[0]

TYPE_CHECKING = False  # importing it from typing costs more than this module
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_FILE = "solution.py"
_MESSAGE_LIMIT = 1000
_SHOWN_FRAMES = 12
_Module = type(sys)


def serve(fd: int, prepare: Callable[[str], None] = lambda _: None) -> None:
    """Serve requests until the judge hangs up; `prepare` for an answer before it is loaded."""
    sys.argv[:] = [_FILE]
    _add_exit()
    answer = _Answer(prepare)
    _write(fd, encode(["", "ready"]))
    while True:
        request_id, kind, *parts = _read(fd)
        reply = answer.load(*parts) if kind == "load" else answer.call(*parts)
        _flush()
        try:
            text = encode([request_id, *reply])
        except UnsendableError as error:
            text = _unsendable(request_id, reply, str(error))
        except RecursionError:
            text = _unsendable(request_id, reply, "nested too deep")
        _write(fd, text)


def rehearse() -> None:
    """Do what every answer needs, with one of our own: forks find it done.

    The interpreter adapts code to what it meets, and looks up much when first asked.
    """
    source = "from typing import List\ndef double(items: List[int]): return [2 * n for n in items]"
    items = encode([[1, 2, 3], 0.5, "text", (True, None)])
    for _ in range(20):
        answer = _Answer(lambda _: None)
        replies = [answer.load(source), answer.call("double", [decode(items)], {})]
        for reply in (*replies, answer.call("double", [1], {})):
            encode(["id", *reply])
            _flush()
    del sys.modules["solution"]


class _Answer:
    """The answer's module and its source, for tracebacks."""

    def __init__(self, prepare: Callable[[str], None]) -> None:
        self._prepare = prepare
        self._module = _Module("solution")
        self._module.__file__ = _FILE
        self._lines: list[str] = []

    def load(self, source: str) -> list[object]:
        """Compile and run the module's body."""
        self._prepare(source)
        self._lines = source.splitlines()
        try:
            code = compile(source, _FILE, "exec", dont_inherit=True)
        except SyntaxError as error:
            return ["compile_error", _syntax_error_text(error)]
        except (ValueError, RecursionError, MemoryError, UnicodeError) as error:
            return ["compile_error", f"{type(error).__name__}: {error}"[:_MESSAGE_LIMIT]]
        sys.modules["solution"] = self._module
        try:
            exec(code, self._module.__dict__)  # noqa: S102 - running it is the point
        except BaseException as error:
            return self._raised(error)
        return ["loaded"]

    def call(self, name: str, args: list[object], kwargs: dict[str, object]) -> list[object]:
        """Call a function of the answer and return what it returned."""
        function = self._module.__dict__.get(name)
        if not callable(function):
            return ["missing"]
        try:
            return ["value", function(*args, **kwargs)]
        except BaseException as error:
            return self._raised(error)

    def _raised(self, error: BaseException) -> list[object]:
        kind = type(error)
        try:
            message = str(error)[:_MESSAGE_LIMIT]
        except BaseException:
            message = "<no message: str() failed>"
        try:
            types = [str(base.__name__)[:100] for base in kind.__mro__[:20]]
        except BaseException:
            types = ["Exception"]
        if kind is SystemExit:
            status = error.code  # type: ignore[attr-defined]
            message = "0" if status is None else message
        return ["raised", types, message, self._traceback(error, types[0], message)]

    def _traceback(self, error: BaseException, name: str, message: str) -> str:
        """Write the answer's own frames the way Python does."""
        frames: list[str] = []
        step = error.__traceback__
        while step is not None:
            code = step.tb_frame.f_code
            if code.co_filename == _FILE:
                frames.append(f'  File "{_FILE}", line {step.tb_lineno}, in {code.co_name}\n')
                if 0 < (step.tb_lineno or 0) <= len(self._lines):
                    frames[-1] += f"    {self._lines[step.tb_lineno - 1].strip()[:200]}\n"
            step = step.tb_next
        if len(frames) > _SHOWN_FRAMES:
            half = _SHOWN_FRAMES // 2
            left_out = f"  ... {len(frames) - 2 * half} frames left out ...\n"
            frames = [*frames[:half], left_out, *frames[-half:]]
        head = "Traceback (most recent call last):\n" if frames else ""
        return head + "".join(frames) + (f"{name}: {message}" if message else name)


def _syntax_error_text(error: SyntaxError) -> str:
    place = f'  File "{_FILE}", line {error.lineno}\n' if error.lineno else ""
    line = (error.text or "").rstrip("\n")[:300]
    if line:
        caret = " " * max(0, (error.offset or 1) - 1) if (error.offset or 0) <= 300 else ""
        place += f"    {line}\n    {caret}^\n"
    return f"{place}{type(error).__name__}: {error.msg}"[:4000]


def _unsendable(request_id: object, reply: list[object], reason: str) -> str:
    value = reply[1] if len(reply) > 1 else None
    return encode([request_id, "unsendable", type(value).__name__[:100], reason])


def _add_exit() -> None:
    """Give the answer the `exit` and `quit` that `site` would have added."""
    for name in ("exit", "quit"):
        setattr(builtins, name, Quitter(name, "Ctrl-D (i.e. EOF)"))


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        try:  # noqa: SIM105 - contextlib costs start-up time
            stream.flush()
        except BaseException:  # noqa: S110 - the answer may have replaced or closed it
            pass


def _read(fd: int) -> list[Any]:
    # The judge sends one request and waits: whatever is there belongs to it.
    data = posix.read(fd, 65536)
    while data and len(data) < 4 + int.from_bytes(data[:4], "big"):
        chunk = posix.read(fd, 1 << 20)
        data = data + chunk if chunk else b""
    if not data:
        posix._exit(0)
    message = decode(data[4:].decode("ascii"))
    assert isinstance(message, list)
    return message


def _write(fd: int, text: str) -> None:
    body = text.encode("ascii")
    data = memoryview(len(body).to_bytes(4, "big") + body)
    while data:
        data = data[posix.write(fd, data) :]


if __name__ == "__main__":
    serve(int(sys.argv[1]))
