"""Servers on this machine are found, and nothing that they answer does harm."""

from __future__ import annotations

import contextlib
import http.server
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from pytest_llmbench.generation.discovery import discover_models
from tests.servers.misbehaving import MisbehavingServer


def port_of(server: MisbehavingServer) -> int:
    return int(server.url.split(":")[2].split("/")[0])


@contextlib.contextmanager
def answering(status: int, body: bytes, **headers: str) -> Iterator[int]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


def test_every_listed_model_is_taken() -> None:
    with MisbehavingServer(models=("a", "b")) as server:
        models, notes = discover_models(ports=[port_of(server)])
    assert [(model.name, model.type, model.model, model.base_url) for model in models] == [
        (name, "openai", name, server.url) for name in ("ok", "a", "b")
    ]
    assert all(model.api_key is None for model in models)
    assert notes == [f"{server.url} serves 3 models"]


def test_two_servers_of_one_model_are_told_apart() -> None:
    with MisbehavingServer() as one, MisbehavingServer(models=("a",)) as two:
        models, _ = discover_models(ports=[port_of(one), port_of(two)])
    assert [model.name for model in models] == [
        f"ok@127.0.0.1:{port_of(one)}",
        f"ok@127.0.0.1:{port_of(two)}",
        "a",
    ]


def test_a_closed_port_is_passed_over_in_silence() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        assert discover_models(ports=[unused.getsockname()[1]]) == ([], [])


@pytest.mark.parametrize(
    ("status", "body", "remark"),
    [
        (200, b"<html>", "not JSON"),
        (200, b"[" * 100_000, "not JSON"),
        (200, b"{}", "no `data`"),
        (200, b'{"data": 7}', "no `data`"),
        (200, b'{"data": [7, {"id": 3}, {"id": " "}, {}]}', "serves 0 models"),
        (404, b"", "HTTP 404"),
        (200, b"x" * 3_000_000, "not JSON"),
    ],
)
def test_a_server_of_another_kind_gets_a_note(status: int, body: bytes, remark: str) -> None:
    with answering(status, body) as port:
        models, notes = discover_models(ports=[port])
    assert models == []
    (note,) = notes
    assert remark in note


def test_a_redirect_is_not_followed() -> None:
    with MisbehavingServer() as server, answering(302, b"", location=server.url) as port:
        models, notes = discover_models(ports=[port])
    assert models == []
    assert "HTTP 302" in notes[0]


def test_a_server_that_does_not_answer_costs_no_more_than_the_timeout() -> None:
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen()
        start_s = time.monotonic()
        models, notes = discover_models(timeout_s=0.3, ports=[mute.getsockname()[1]])
    assert models == []
    assert "no answer within 0.3 s" in notes[0]
    assert time.monotonic() - start_s < 1.0


def test_a_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with MisbehavingServer() as server:
        models, _ = discover_models(ports=[port_of(server)])
    assert len(models) == 1
