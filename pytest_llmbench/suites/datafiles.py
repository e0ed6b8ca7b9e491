"""Where a public benchmark's file is: below the data folder, in the cache, or at its home."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from pytest_llmbench.errors import SuiteError

__all__ = ["find_data_file"]

_MAX_BYTES = 64 * 1024 * 1024
_TIMEOUT_S = 30.0


def find_data_file(
    name: str, data_dir: Path | None, url: str, sha256: str, notify: Callable[[str], None]
) -> Path:
    """Find a file below `data_dir`, else in the cache, else fetch it from `url`.

    A file of the user's is used as it is, whatever its hash: the suite records the
    hash of what was read. What is downloaded must have the hash `sha256`.
    """
    if data_dir is not None:
        found = _below(data_dir, name)
        if found is not None:
            return found
    cached = _cache_dir() / name
    if _digest(cached) == sha256:
        return cached
    notify(f"downloading {name} from {url} to {cached}")
    try:
        _write_atomically(cached, _download(url, sha256))
    except _DownloadError as error:
        looked = f"below {data_dir}" if data_dir is not None else "(no data folder is set)"
        raise SuiteError(
            f"{name} not found: looked {looked}, in {cached.parent},"
            f" and could not get {url}: {error};"
            " put the file into a folder and name it with --llm-data=DIR"
            " (or ini llm_data, or env PYTEST_LLM_DATA)"
        ) from None
    notify(f"{name}: downloaded, sha256 verified")
    return cached


class _DownloadError(Exception):
    """A reason in one line."""


def _below(data_dir: Path, name: str) -> Path | None:
    """Find `name` (or its unpacked form) nearest to the folder, first by name among equals."""
    wanted = [name, name.removesuffix(".gz")]
    for folder in _folders(data_dir):
        for candidate in wanted:
            if (folder / candidate).is_file() and os.access(folder / candidate, os.R_OK):
                return folder / candidate
    return None


def _folders(top: Path) -> Iterator[Path]:
    """Give `top` and every folder below it, level by level, each once even when linked."""
    seen: set[tuple[int, int]] = set()
    level = [top]
    while level:
        below: list[Path] = []
        for folder in level:
            try:
                status = folder.stat()
                if (status.st_dev, status.st_ino) in seen:
                    continue
                seen.add((status.st_dev, status.st_ino))
                with os.scandir(folder) as entries:
                    below += sorted(Path(entry.path) for entry in entries if entry.is_dir())
            except OSError:
                continue  # unreadable, or gone meanwhile: the file may be elsewhere
            yield folder
        level = below


def _cache_dir() -> Path:
    # The XDG specification says to ignore a relative path.
    configured = os.environ.get("XDG_CACHE_HOME", "")
    base = Path(configured) if os.path.isabs(configured) else Path("~/.cache").expanduser()
    return base / "pytest-llmbench"


def _digest(path: Path) -> str | None:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return None


def _download(url: str, sha256: str) -> bytes:
    import httpx

    content = bytearray()
    try:
        with httpx.stream("GET", url, timeout=_TIMEOUT_S, follow_redirects=True) as response:
            if response.status_code != httpx.codes.OK:
                raise _DownloadError(f"the server answered {response.status_code}")
            for chunk in response.iter_bytes():
                content += chunk
                if len(content) > _MAX_BYTES:
                    raise _DownloadError(f"it is larger than {_MAX_BYTES // 2**20} MiB")
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise _DownloadError(reason) from None
    actual = hashlib.sha256(content).hexdigest()
    if actual != sha256:
        raise _DownloadError(f"its sha256 is {actual}, not {sha256}")
    return bytes(content)


def _write_atomically(path: Path, content: bytes) -> None:
    """Write so that a reader, or a second process that downloads too, sees all or nothing."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f"{path.name}.")
    except OSError as error:
        raise _DownloadError(f"{path.parent} cannot be written: {error.strerror}") from None
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        Path(temporary).replace(path)
    except OSError as error:
        Path(temporary).unlink(missing_ok=True)
        raise _DownloadError(f"{path} cannot be written: {error.strerror}") from None
