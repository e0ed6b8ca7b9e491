"""Files of one JSON object a line, packed or not, as public benchmarks publish them."""

from __future__ import annotations

import gzip
import io
import json
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pytest_llmbench.errors import SuiteError

__all__ = ["Row", "mistake", "read_content", "rows"]

_MAX_BYTES = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Row:
    """One line's texts, and where it stands."""

    path: Path
    line: int
    fields: dict[str, str]

    def __getitem__(self, key: str) -> str:
        return self.fields[key]

    def mistake(self, what: str) -> SuiteError:
        return mistake(self.path, self.line, what)


def mistake(path: Path, line: int, what: str) -> SuiteError:
    """Make the error of a mistake in a data file."""
    return SuiteError(f"{path}:{line}: {what}")


def read_content(path: Path) -> bytes:
    """Return the bytes of a file as it lies there; raise SuiteError with its path."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise mistake(path, 1, f"cannot be read: {error.strerror}") from None


def rows(path: Path, content: bytes, keys: Sequence[str]) -> Iterator[Row]:
    """Give each line's object; raise SuiteError for one that lacks a text of these keys."""
    for line, text in _lines(path, content):
        yield Row(path, line, _fields(path, line, text, keys))


def _lines(path: Path, content: bytes) -> Iterator[tuple[int, str]]:
    if content.startswith(b"\x1f\x8b"):
        try:
            with gzip.open(io.BytesIO(content)) as stream:
                content = stream.read(_MAX_BYTES + 1)
        except (OSError, EOFError, zlib.error):
            raise mistake(path, 1, "the gzip file is damaged; fetch it again") from None
    if len(content) > _MAX_BYTES:
        raise mistake(path, 1, f"unpacks to more than {_MAX_BYTES // 2**20} MiB")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise mistake(path, line, "not UTF-8 text") from None
    return (
        (number, line)
        for number, line in enumerate(text.split("\n"), 1)
        if not line.isspace()
        if line
    )


def _fields(path: Path, line: int, text: str, keys: Sequence[str]) -> dict[str, str]:
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError):
        raise mistake(path, line, "not valid JSON; expected one object per line") from None
    if not isinstance(fields, dict):
        raise mistake(path, line, "expected a JSON object with the keys " + ", ".join(keys))
    for key in keys:
        if not isinstance(fields.get(key), str):
            what = "must be text" if key in fields else "is missing"
            raise mistake(path, line, f"key {key!r} {what}; expected {', '.join(keys)}")
    return fields
