"""Models that are being served on this machine right now."""

from __future__ import annotations

import asyncio
import json
import threading
from collections import Counter
from collections.abc import Sequence
from typing import Any

from pytest_llmbench.generation.provider import AttemptError
from pytest_llmbench.generation.redaction import one_line
from pytest_llmbench.vocabulary import Model

__all__ = ["USUAL_PORTS", "discover_models"]

USUAL_PORTS = (11434, 8000, 8080, 1234, 30000)
"""Ollama, vLLM, llama.cpp, LM Studio, SGLang."""

_LIMIT_BYTES = 1024 * 1024


def discover_models(
    timeout_s: float = 1.0, ports: Sequence[int] = USUAL_PORTS
) -> tuple[list[Model], list[str]]:
    """Give every model that a loopback server lists, and what is worth saying about it.

    All ports are asked at once and nothing takes longer than `timeout_s`. A port
    where nobody listens is passed over in silence; one that answers something else
    gets a note.
    """
    listed: list[list[str] | str | None] = []

    def look() -> None:
        listed.extend(asyncio.run(_ask_all(ports, timeout_s)))

    # In a thread of its own: the caller may be inside a running loop (a notebook).
    thread = threading.Thread(target=look, name="llm-discovery", daemon=True)
    thread.start()
    thread.join(timeout_s + 2.0)

    names: list[tuple[int, str]] = []
    notes: list[str] = []
    for port, answer in zip(ports, listed, strict=False):
        if isinstance(answer, str):
            notes.append(f"{_address(port)}: {answer}")
        elif answer is not None:
            notes.append(f"{_address(port)} serves {len(answer)} models")
            names.extend((port, name) for name in answer)
    count = Counter(name for _, name in names)
    models = [
        Model(
            name=name if count[name] == 1 else f"{name}@127.0.0.1:{port}",
            type="openai",
            model=name,
            base_url=_address(port),
            origin="--llm-models=auto",
        )
        for port, name in names
    ]
    return models, notes


def _address(port: int) -> str:
    return f"http://127.0.0.1:{port}/v1"


async def _ask_all(ports: Sequence[int], timeout_s: float) -> list[list[str] | str | None]:
    return await asyncio.gather(*(_ask(port, timeout_s) for port in ports))


async def _ask(port: int, timeout_s: float) -> list[str] | str | None:
    """Give the names that a server lists, a remark about it, or `None` for no server."""
    from pytest_llmbench.generation.http_client import HttpClient

    client = HttpClient(
        _address(port), headers={"accept": "application/json"}, connect_timeout_s=timeout_s
    )
    try:
        async with asyncio.timeout(timeout_s), await client.send("GET", "/models") as reply:
            if reply.status != 200:
                return f"no list of models (HTTP {reply.status})"
            return _names_in(await reply.body(_LIMIT_BYTES))
    except TimeoutError:
        return f"no answer within {timeout_s:g} s"
    except AttemptError as error:
        is_closed_port = "cannot connect" in error.failure.message
        return None if is_closed_port else f"no list of models ({error.failure.message})"
    finally:
        await client.aclose()


def _names_in(body: bytes) -> list[str] | str:
    try:
        value: Any = json.loads(body)
    except (ValueError, RecursionError):
        return "no list of models (not JSON)"
    data = value.get("data") if isinstance(value, dict) else None
    if not isinstance(data, list):
        return "no list of models (no `data`)"
    ids = [item.get("id") for item in data if isinstance(item, dict)]
    names = [one_line(name, limit=200) for name in ids if isinstance(name, str) and name.strip()]
    return list(dict.fromkeys(names))
