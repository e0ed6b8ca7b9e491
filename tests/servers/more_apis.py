"""A server on loopback that speaks the other APIs of models, as they are documented.

The path of a request chooses the API: `/v1/responses`, `/v1/completions` or `/api/chat`.
Its `model` chooses what happens; whatever follows a `#` is only a label.

| model           | behaviour                                                       |
| --------------- | --------------------------------------------------------------- |
| `ok`            | streams reasoning where the API has it, the answer, then usage  |
| `whole`         | answers a request for a stream with one JSON object             |
| `length`        | stops at the limit of tokens                                    |
| `filtered`      | stops because of a content filter, where the API can say so     |
| `401`           | 401 that quotes the key                                         |
| `429-once`      | 429 with `retry-after: 1`, then `ok`                            |
| `context`       | 400: the prompt is too long                                     |
| `broken-stream` | 200, one token, then an error in the API's own words            |
| `cut`           | 200, one token, and a proper end of the body                    |
| `hang`          | 200, one token, and then nothing                                |
| others          | 404                                                             |
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Protocol, Self

__all__ = ["ANSWER", "REASONING", "MoreApisServer", "Received"]

ANSWER = "Here you are:\u2028\n\ndef add(a, b):\n    return a + b\n"
REASONING = "Let me think."
_COMPLETE = ("ok", "429-once", "length", "filtered")
_STREAMED = (*_COMPLETE, "broken-stream", "cut", "hang")
_PIECES = (ANSWER[:9], ANSWER[9:20], ANSWER[20:])
_CONTEXT = {
    "message": "Your input exceeds the context window of this model.",
    "type": "invalid_request_error",
    "code": "context_length_exceeded",
}


@dataclass(frozen=True, slots=True)
class Received:
    """One request as the server saw it; header names in lower case."""

    path: str
    model: str
    body: dict[str, Any]
    headers: dict[str, str]
    at_s: float


class MoreApisServer:
    """The server, in threads; `url` has no path."""

    def __init__(self) -> None:
        self.requests: list[Received] = []
        """Every request, in order of arrival."""
        self._server = _Server(("127.0.0.1", 0), _handler(self.requests))
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def of(self, model: str) -> list[Received]:
        """Give the requests that named this model, label included."""
        return [item for item in self.requests if item.model == model]

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), ConnectionError):  # a client may hang up
            super().handle_error(request, client_address)


def _handler(requests: list[Received]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            headers = {name.lower(): value for name, value in self.headers.items()}
            model = str(body["model"])
            is_first = model not in {item.model for item in requests}
            requests.append(Received(self.path, model, body, headers, time.monotonic()))
            api = _APIS.get(self.path)
            behaviour = model.partition("#")[0]
            if behaviour == "429-once" and not is_first:
                behaviour = "ok"
            if api is None:
                self._send_json(404, {"error": "404 page not found"})
            elif behaviour in ("401", "429-once", "context"):
                self._refuse(behaviour, headers.get("authorization", ""))
            elif behaviour == "whole":
                self._send_json(200, api.whole(model))
            elif behaviour in _STREAMED:
                self._stream(api, behaviour, model)
            else:
                self._send_json(404, {"error": f"model '{model}' not found"})

        def _refuse(self, behaviour: str, key: str) -> None:
            if behaviour == "401":
                error = {"message": f"Incorrect API key: {key}", "code": "invalid_api_key"}
                self._send_json(401, {"error": error})
            elif behaviour == "context":
                self._send_json(400, {"error": _CONTEXT})
            else:
                self._send_json(429, {"error": {"message": "slow down"}}, {"retry-after": "1"})

        def _send_json(
            self, status: int, value: object, headers: dict[str, str] | None = None
        ) -> None:
            data = json.dumps(value).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(data)))
            for name, text in (headers or {}).items():
                self.send_header(name, text)
            self.end_headers()
            self.wfile.write(data)

        def _stream(self, api: _Api, behaviour: str, model: str) -> None:
            self.send_response(200)
            self.send_header("content-type", api.content_type)
            self.send_header("transfer-encoding", "chunked")
            self.end_headers()
            for event in api.events(behaviour, model):
                data = api.framed(event)
                self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
                self.wfile.flush()
            if behaviour == "hang":
                self.connection.recv(1)  # until the client hangs up
                self.close_connection = True
            else:
                self.wfile.write(b"0\r\n\r\n")

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    return Handler


class _Api(Protocol):
    """How one API words an answer."""

    content_type: str

    def whole(self, model: str) -> dict[str, Any]:
        """Give the answer as one object."""
        ...

    def events(self, behaviour: str, model: str) -> Iterator[dict[str, Any]]:
        """Give the answer piece by piece."""
        ...

    def framed(self, event: dict[str, Any]) -> bytes:
        """Give a piece as it goes over the wire."""
        ...


class _Responses:
    """OpenAI's responses: named events, the last of which repeats everything; no `[DONE]`."""

    content_type = "text/event-stream"

    def whole(
        self, model: str, status: str = "completed", reason: str | None = None
    ) -> dict[str, Any]:
        return {
            "id": "resp_1",
            "object": "response",
            "status": status,
            "error": None,
            "incomplete_details": reason and {"reason": reason},
            "model": f"{model}-2026",
            "output": [
                {"type": "reasoning", "summary": [{"type": "summary_text", "text": REASONING}]},
                {
                    "type": "message",
                    "role": "assistant",
                    "content": [{"type": "output_text", "text": ANSWER, "annotations": []}],
                },
            ],
            "usage": {
                "input_tokens": 7,
                "input_tokens_details": {"cached_tokens": 3},
                "output_tokens": 5,
                "output_tokens_details": {"reasoning_tokens": 2},
                "total_tokens": 12,
            },
        }

    def events(self, behaviour: str, model: str) -> Iterator[dict[str, Any]]:
        started = {"status": "in_progress", "model": f"{model}-2026", "usage": None}
        yield {"type": "response.created", "response": started}
        yield {"type": "response.reasoning_summary_text.delta", "delta": REASONING}
        for piece in _said(behaviour):
            yield {"type": "response.output_text.delta", "delta": piece, "obfuscation": "xyz"}
        match behaviour:
            case "broken-stream":
                yield {"type": "error", "code": "server_error", "message": "it broke"}
            case "length":
                whole = self.whole(model, "incomplete", "max_output_tokens")
                yield {"type": "response.incomplete", "response": whole}
            case "filtered":
                whole = self.whole(model, "incomplete", "content_filter")
                yield {"type": "response.incomplete", "response": whole}
            case "ok" | "429-once":
                yield {"type": "response.output_text.done", "text": ANSWER}
                yield {"type": "response.completed", "response": self.whole(model)}

    def framed(self, event: dict[str, Any]) -> bytes:
        data = json.dumps(event, ensure_ascii=False)
        return f"event: {event['type']}\ndata: {data}\n\n".encode()


class _Completions:
    """OpenAI's old completions, with `[DONE]` behind the usage."""

    content_type = "text/event-stream"

    def _chunk(self, model: str, text: str, reason: str | None = None) -> dict[str, Any]:
        choice = {"index": 0, "text": text, "logprobs": None, "finish_reason": reason}
        return {"object": "text_completion", "model": f"{model}-2026", "choices": [choice]}

    def whole(self, model: str) -> dict[str, Any]:
        usage = {
            "prompt_tokens": 7,
            "completion_tokens": 5,
            "prompt_tokens_details": {"cached_tokens": 3},
        }
        return {**self._chunk(model, ANSWER, "stop"), "usage": usage}

    def events(self, behaviour: str, model: str) -> Iterator[dict[str, Any]]:
        for piece in _said(behaviour):
            yield self._chunk(model, piece)
        if behaviour == "broken-stream":
            yield {"error": {"message": "it broke", "type": "server_error", "code": 500}}
        elif behaviour in _COMPLETE:
            reason = {"length": "length", "filtered": "content_filter"}.get(behaviour, "stop")
            yield self._chunk(model, "", reason)
            yield {"choices": [], "usage": self.whole(model)["usage"]}

    def framed(self, event: dict[str, Any]) -> bytes:
        is_last = event.get("choices") == []
        data = json.dumps(event, ensure_ascii=False)
        return f"data: {data}\n\n{'data: [DONE]' * is_last}\n\n".encode()


class _Ollama:
    """Ollama's chat: one object on each line."""

    content_type = "application/x-ndjson"

    def whole(self, model: str) -> dict[str, Any]:
        message = {"role": "assistant", "content": ANSWER, "thinking": REASONING}
        return {**self._last(model, "stop"), "message": message}

    def _last(self, model: str, reason: str) -> dict[str, Any]:
        return {
            "model": f"{model}-2026",
            "message": {"role": "assistant", "content": ""},
            "done": True,
            "done_reason": reason,
            "total_duration": 9_000_000,
            "prompt_eval_count": 7,
            "eval_count": 5,
        }

    def events(self, behaviour: str, model: str) -> Iterator[dict[str, Any]]:
        said = [{"content": "", "thinking": REASONING}]
        said += [{"content": piece} for piece in _said(behaviour)]
        for message in said:
            yield {"model": f"{model}-2026", "message": message, "done": False}
        if behaviour == "broken-stream":
            yield {"error": "it broke"}
        elif behaviour in _COMPLETE:
            yield self._last(model, {"length": "length", "filtered": "load"}.get(behaviour, "stop"))

    def framed(self, event: dict[str, Any]) -> bytes:
        return json.dumps(event, ensure_ascii=False).encode() + b"\n"


def _said(behaviour: str) -> tuple[str, ...]:
    return _PIECES if behaviour in _COMPLETE else _PIECES[:1]


_APIS: dict[str, _Api] = {
    "/v1/responses": _Responses(),
    "/v1/completions": _Completions(),
    "/api/chat": _Ollama(),
}
