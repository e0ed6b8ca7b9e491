"""Finding a benchmark's file: the data folder, the cache, the download."""

from __future__ import annotations

import hashlib
import os
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from pytest_llmbench.errors import SuiteError
from pytest_llmbench.suites import datafiles
from pytest_llmbench.suites.datafiles import find_data_file

CONTENT = b"the file\n" * 1000
SHA256 = hashlib.sha256(CONTENT).hexdigest()
NAME = "Bench.jsonl.gz"


class Home(BaseHTTPRequestHandler):
    """The public home of the file, with its bad days."""

    def do_GET(self) -> None:
        if self.path == "/missing":
            self.send_error(404)
            return
        if self.path == "/moved":
            self.send_response(302)
            self.send_header("Location", "/good")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(CONTENT)))
        self.end_headers()
        self.wfile.write(CONTENT[:100] if self.path == "/truncated" else CONTENT)

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet."""


@pytest.fixture
def home() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Home)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    return tmp_path / "cache" / "pytest-llmbench"


def put(path: Path, content: bytes = CONTENT) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def find(data_dir: Path | None, url: str = "http://127.0.0.1:1/none") -> Path:
    return find_data_file(NAME, data_dir, url, SHA256, lambda _: None)


def test_the_nearest_file_below_the_data_folder_is_taken(tmp_path: Path) -> None:
    put(tmp_path / "data/a/deep" / NAME)
    put(tmp_path / "data/c" / NAME)
    nearest = put(tmp_path / "data/b" / NAME, b"another hash is the user's choice")

    assert nearest == find(tmp_path / "data")


def test_an_unpacked_file_will_do(tmp_path: Path) -> None:
    unpacked = put(tmp_path / "data/Bench.jsonl")

    assert unpacked == find(tmp_path / "data")


def test_a_linked_folder_is_searched_and_a_circle_ends(tmp_path: Path) -> None:
    put(tmp_path / "elsewhere" / NAME)
    (tmp_path / "data").mkdir()
    (tmp_path / "data/circle").symlink_to(tmp_path / "data")
    (tmp_path / "data/link").symlink_to(tmp_path / "elsewhere")

    assert tmp_path / "data/link" / NAME == find(tmp_path / "data")


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is unreadable to root")
def test_an_unreadable_folder_is_passed_over(tmp_path: Path) -> None:
    put(tmp_path / "data/a" / NAME).parent.chmod(0)
    found = put(tmp_path / "data/b" / NAME)

    assert found == find(tmp_path / "data")


def test_a_file_is_downloaded_once_and_then_cached(home: str, cache: Path) -> None:
    said: list[str] = []

    first = find_data_file(NAME, None, f"{home}/good", SHA256, said.append)
    second = find_data_file(NAME, None, "http://127.0.0.1:1/none", SHA256, said.append)

    assert first == second == cache / NAME
    assert CONTENT == first.read_bytes()
    assert [NAME] == [path.name for path in cache.iterdir()]
    assert said == [
        f"downloading {NAME} from {home}/good to {cache / NAME}",
        f"{NAME}: downloaded, sha256 verified",
    ]


def test_a_redirect_is_followed(home: str) -> None:
    assert CONTENT == find(None, f"{home}/moved").read_bytes()


def test_a_damaged_cached_file_is_downloaded_again(home: str, cache: Path) -> None:
    put(cache / NAME, b"damaged")

    assert CONTENT == find(None, f"{home}/good").read_bytes()


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/missing", "the server answered 404"),
        ("/truncated", "peer closed connection without sending complete message body"),
    ],
)
def test_a_failed_download_says_why_and_what_to_do(
    home: str, cache: Path, tmp_path: Path, path: str, reason: str
) -> None:
    (tmp_path / "data").mkdir()

    with pytest.raises(SuiteError) as caught:
        find(tmp_path / "data", home + path)

    said = str(caught.value)
    assert said.startswith(
        f"{NAME} not found: looked below {tmp_path / 'data'}, in {cache},"
        f" and could not get {home}{path}: {reason}"
    )
    assert said.endswith(
        "put the file into a folder and name it with --llm-data=DIR"
        " (or ini llm_data, or env PYTEST_LLM_DATA)"
    )
    assert "\n" not in said
    assert not cache.exists()


def test_a_wrong_hash_is_never_kept(home: str, cache: Path) -> None:
    with pytest.raises(SuiteError, match=f"its sha256 is {SHA256}, not {'0' * 64}"):
        find_data_file(NAME, None, f"{home}/good", "0" * 64, lambda _: None)

    assert not cache.exists()


def test_a_file_that_is_too_large_is_refused(home: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(datafiles, "_MAX_BYTES", 0)

    with pytest.raises(SuiteError, match="it is larger than 0 MiB"):
        find(None, f"{home}/good")


def test_without_a_network_the_message_is_the_same(cache: Path) -> None:
    url = f"http://127.0.0.1:{closed_port()}/good"

    with pytest.raises(SuiteError) as caught:
        find(None, url)

    assert f"(no data folder is set), in {cache}, and could not get {url}: " in str(caught.value)
    assert "refused" in str(caught.value)


def test_a_cache_that_cannot_be_written_is_named(home: str, cache: Path) -> None:
    put(cache.parent, b"a file where the folder should be")

    with pytest.raises(SuiteError, match=f"{cache} cannot be written: Not a directory"):
        find(None, f"{home}/good")
