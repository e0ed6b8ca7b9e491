"""A chat server on loopback that fails in every way that servers do.

In a test:

    with MisbehavingServer() as server:
        ask(server.url, model="429-once")
        assert server.count("429-once") == 2

As a program, until it is killed:

    python -m tests.servers.misbehaving --port 8123 --latency 0.5 --models qwen,llama

The `model` of a request chooses what happens. Whatever follows a `#` is only a
label (`500-once#b` is a model of its own that behaves as `500-once`).

| model                   | behaviour                                                    |
| ----------------------- | ------------------------------------------------------------ |
| `ok`, names in `models` | streams the answer, then usage, then `[DONE]`                |
| `slow:S`                | `ok`, but the first token comes after S seconds              |
| `429-once`/`-forever`   | 429 with `retry-after`, then `ok` / always                   |
| `500-once`/`-forever`   | 500, then `ok` / always                                      |
| `reset-once`/`-forever` | resets the connection in mid-stream, then `ok` / always      |
| `hang`                  | accepts the request and never answers                        |
| `hang-mid-stream`       | stops after two tokens and keeps the connection              |
| `hang-after-done`       | says everything and never ends the body                      |
| `malformed-json`        | 200 with half a JSON object, not streamed                    |
| `malformed-sse`         | a stream whose second event is no JSON                       |
| `html`                  | 200 with a web page                                          |
| `empty-body`            | 200 with nothing                                             |
| `no-finish`             | a stream that ends properly but without a finish reason      |
| `not-stream`            | answers a request for a stream with one JSON object          |
| `stream-error`          | 200, one token, then `{"error": ...}`                        |
| `wrong-model`, others   | 404, as vLLM words it                                        |
| `401`                   | 401 whose message quotes a part of the key                   |
| `400`, `context`        | 400: a bad parameter; a prompt that is too long              |
| `refusal`               | a refusal instead of content                                 |
| `length`                | stops with `length`, in mid-answer                           |
| `content-filter`        | stops with `content_filter`                                  |
| `unicode-separators`    | U+2028, U+2029, U+0085 raw inside the JSON                   |
| `reasoning`             | reasoning deltas before the answer                           |
| `redirect`              | 307 to another address                                       |
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import math
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

__all__ = ["CANNED_ANSWER", "MisbehavingServer", "Received"]

CANNED_ANSWER = "Here you are:\n\n```python\ndef add(a, b):\n    return a + b\n```\n"


@dataclass(frozen=True, slots=True)
class Received:
    """One request as the server saw it; header names in lower case."""

    model: str
    body: dict[str, Any]
    headers: dict[str, str]
    at_s: float
    """`time.monotonic()` when it was read."""


class MisbehavingServer:
    """The server, in a thread; `url` is the base URL, with `/v1`."""

    def __init__(
        self,
        *,
        answer: Callable[[dict[str, Any]], str] = lambda body: CANNED_ANSWER,
        latency_s: float = 0.0,
        interval_s: float = 0.0,
        tokens: int = 10,
        retry_after: str = "1",
        models: tuple[str, ...] = (),
        usage: dict[str, Any] | None = None,
        port: int = 0,
    ) -> None:
        """Make a server that is not yet listening.

        `latency_s` passes before the first token, `interval_s` between tokens;
        an answer is cut into `tokens` pieces. `models` are more names for `ok`, and
        `usage` goes over what a stream says of its tokens.
        """
        self._answer = answer
        self._latency_s = latency_s
        self._interval_s = interval_s
        self._tokens = tokens
        self._retry_after = retry_after
        self._models = models
        self._usage = usage or {}
        self._port = port
        self._in_flight = 0
        self._counts: Counter[str] = Counter()
        self._stop: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self.requests: list[Received] = []
        """Every chat request, in order of arrival."""
        self.peak = 0
        """The most chat requests that were in flight at once."""
        self.url = ""

    def count(self, model: str) -> int:
        """How many chat requests named this model, label included."""
        return self._counts[model]

    def __enter__(self) -> Self:
        started = threading.Event()
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self.serve(started.set)), name="misbehaving", daemon=True
        )
        self._thread.start()
        if not started.wait(5):
            raise RuntimeError("the server did not start")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._loop and self._stop:
            self._loop.call_soon_threadsafe(self._stop.set)
        if self._thread:
            self._thread.join(5)

    async def serve(self, on_started: Callable[[], None]) -> None:
        """Listen until `__exit__`, or for ever."""
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(
            self._connection, "127.0.0.1", self._port, backlog=1024, limit=2**22
        )
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
        on_started()
        await self._stop.wait()
        server.close()
        handlers = asyncio.all_tasks() - {asyncio.current_task()}
        for task in handlers:
            task.cancel()
        await asyncio.gather(*handlers, return_exceptions=True)

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while await self._exchange(reader, writer):
                pass
        writer.close()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Serve one request; say whether the connection may be used again."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head.split("\r\n")
        pairs = (line.partition(":") for line in lines if line)
        headers = {name.lower(): value.strip() for name, _, value in pairs}
        raw = await reader.readexactly(int(headers.get("content-length", 0)))
        if first.startswith("GET"):
            names = [{"id": name, "object": "model"} for name in ("ok", *self._models)]
            writer.write(_json(200, {"object": "list", "data": names}))
            return True
        body = json.loads(raw)
        model = str(body["model"])
        self._counts[model] += 1
        self.requests.append(Received(model, body, headers, time.monotonic()))
        self._in_flight += 1
        self.peak = max(self.peak, self._in_flight)
        gone = asyncio.ensure_future(reader.read(1))  # the client hangs up
        reply = asyncio.ensure_future(self._reply(body, model, headers, _Stream(writer)))
        try:
            await asyncio.wait({gone, reply}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._in_flight -= 1
            gone.cancel()
            reply.cancel()
        stays_open = reply.done() and not reply.cancelled() and reply.result()
        if not stays_open:
            return False
        await asyncio.gather(gone, return_exceptions=True)
        await writer.drain()
        return gone.cancelled()

    async def _reply(
        self, body: dict[str, Any], model: str, headers: dict[str, str], stream: _Stream
    ) -> bool:
        behaviour = model.partition("#")[0]
        is_first = self._counts[model] == 1
        if behaviour in self._models:
            behaviour = "ok"
        name, _, when = behaviour.rpartition("-")
        if when in ("once", "forever") and name in ("429", "500", "reset"):
            behaviour = name if is_first or when == "forever" else "ok"
        if plain := self._plain(behaviour, body, headers):
            await asyncio.sleep(self._latency_s)
            stream.raw(plain)
            return True
        return await self._streamed(behaviour, body, stream)

    def _plain(self, behaviour: str, body: dict[str, Any], headers: dict[str, str]) -> bytes | None:
        """Give the responses that are no streams."""
        key = headers.get("authorization", "").removeprefix("Bearer ")
        match behaviour:
            case "429":
                error = _error("slow down", "rate_limit_error", 429)
                return _json(429, error, f"retry-after: {self._retry_after}\r\n")
            case "500":
                return _json(500, _error("the GPU is on fire", "server_error", 500))
            case "401":
                said = f"Incorrect API key provided: {key[:12]}***{key[-4:]}."
                return _json(401, _error(said, "invalid_request_error", "invalid_api_key"))
            case "400":
                return _json(400, _error("top_p must be below 1", "BadRequestError", 400))
            case "context":
                said = "This model's maximum context length is 8192 tokens."
                error = _error(said, "invalid_request_error", "context_length_exceeded")
                return _json(400, error)
            case "redirect":
                return _json(307, {}, "location: https://elsewhere.example/v1\r\n")
            case "malformed-json":
                return _response(200, b'{"choices": [{"mess', "application/json")
            case "html":
                return _response(200, b"<html>Welcome to nginx!</html>", "text/html")
            case "empty-body":
                return _response(200, b"", "text/event-stream")
            case "not-stream":
                choice = {
                    "index": 0,
                    "message": {"role": "assistant", "content": self._answer(body)},
                    "finish_reason": "stop",
                }
                whole = {"model": body["model"], "choices": [choice], "usage": _usage(10)}
                return _json(200, whole)
        streamed = ("ok", "reset", "refusal", "length", "content-filter", "reasoning")
        streamed += ("unicode-separators", "malformed-sse", "no-finish", "stream-error")
        if behaviour in streamed or behaviour.startswith(("slow:", "hang")):
            return None
        error = _error(f"The model `{body['model']}` does not exist.", "NotFoundError", 404)
        return _json(404, error)

    async def _streamed(self, behaviour: str, body: dict[str, Any], stream: _Stream) -> bool:
        """Stream an answer; say whether the connection may be used again."""
        if behaviour == "hang":
            await asyncio.sleep(math.inf)
        text = self._answer(body)
        if behaviour == "unicode-separators":
            text = "a\u2028b\u2029c\u0085d"
        stream.model = str(body["model"])
        first_s = float(behaviour[5:]) if behaviour.startswith("slow:") else self._latency_s
        stream.start()
        stream.delta({"role": "assistant", "content": ""})
        await asyncio.sleep(first_s)
        if behaviour == "reasoning":
            for word in ("Let me ", "think."):
                stream.delta({"reasoning_content": word})
                await asyncio.sleep(self._interval_s)
        if behaviour == "refusal":
            stream.delta({"refusal": "I cannot help with that."})
            text = ""
        for number, piece in enumerate(_pieces(text, self._tokens)):
            if number:
                await asyncio.sleep(self._interval_s)
            if number == 1 and behaviour == "malformed-sse":
                stream.event("{not json")
            if number == 1 and behaviour == "stream-error":
                stream.event(json.dumps(_error("CUDA out of memory", "server_error", 500)))
            if number == 2 and behaviour == "reset":
                stream.reset()
                return False
            if number == 2 and behaviour == "hang-mid-stream":
                await asyncio.sleep(math.inf)
            if number == 5 and behaviour == "length":
                break
            stream.delta({"content": piece})
        reason = {"length": "length", "content-filter": "content_filter"}.get(behaviour, "stop")
        if behaviour != "no-finish":
            stream.delta({}, reason)
            stream.event(json.dumps({"choices": [], "usage": _usage(self._tokens) | self._usage}))
        stream.event("[DONE]")
        if behaviour == "hang-after-done":
            await asyncio.sleep(math.inf)
        stream.end()
        return True


class _Stream:
    """A chunked response of server-sent events."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        self.model = ""

    def raw(self, data: bytes) -> None:
        self._writer.write(data)

    def start(self) -> None:
        self.raw(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n")
        self.raw(b"transfer-encoding: chunked\r\n\r\n")

    def event(self, data: str) -> None:
        try:
            chunk = f"data: {data}\n\n".encode()
        except UnicodeEncodeError:  # a lone surrogate goes over the wire as its escape
            chunk = f"data: {json.dumps(json.loads(data))}\n\n".encode()
        self.raw(b"%x\r\n%s\r\n" % (len(chunk), chunk))

    def delta(self, delta: dict[str, Any], finish_reason: str | None = None) -> None:
        choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
        chunk = {"model": self.model, "system_fingerprint": "fp_misbehaving", "choices": [choice]}
        self.event(json.dumps(chunk, ensure_ascii=False))

    def end(self) -> None:
        self.raw(b"0\r\n\r\n")

    def reset(self) -> None:
        # Lingering for no time turns the close into a RST.
        connection = self._writer.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()


def _pieces(text: str, count: int) -> Iterator[str]:
    size = max(1, math.ceil(len(text) / count))
    for at in range(0, len(text), size):
        yield text[at : at + size]


def _usage(tokens: int) -> dict[str, Any]:
    return {
        "prompt_tokens": 7,
        "completion_tokens": tokens,
        "prompt_tokens_details": {"cached_tokens": 3},
        "completion_tokens_details": {"reasoning_tokens": 2},
    }


def _error(message: str, kind: str, code: object) -> dict[str, Any]:
    return {"error": {"message": message, "type": kind, "param": None, "code": code}}


def _json(status: int, value: object, headers: str = "") -> bytes:
    return _response(status, json.dumps(value).encode(), "application/json", headers)


def _response(status: int, body: bytes, content_type: str, headers: str = "") -> bytes:
    head = f"HTTP/1.1 {status} X\r\ncontent-type: {content_type}\r\n{headers}"
    return f"{head}content-length: {len(body)}\r\n\r\n".encode() + body


def main() -> None:
    parser = argparse.ArgumentParser(description="Serve misbehaving models on loopback.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--latency", type=float, default=0.0, help="seconds to the first token")
    parser.add_argument("--interval", type=float, default=0.0, help="seconds between tokens")
    parser.add_argument("--tokens", type=int, default=10, help="pieces of an answer")
    parser.add_argument("--retry-after", default="1")
    parser.add_argument("--models", default="", help="more names that behave as `ok`")
    args = parser.parse_args()
    server = MisbehavingServer(
        latency_s=args.latency,
        interval_s=args.interval,
        tokens=args.tokens,
        retry_after=args.retry_after,
        models=tuple(name for name in args.models.split(",") if name),
        port=args.port,
    )
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(server.serve(lambda: print(server.url, flush=True)))


if __name__ == "__main__":
    main()
