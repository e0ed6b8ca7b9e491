"""Every generation on disk before it is judged, and found again by what was asked.

A generation belongs to a request: what defines the model, the messages, the problem's
name and language, the number of the sample. Whoever asks the same again finds it, in this
run's file or an earlier one's.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pytest_llmbench.errors import ConfigError
from pytest_llmbench.models.address import public_url
from pytest_llmbench.records.store import GENERATIONS, LineFile, RunDirectory, whole_lines
from pytest_llmbench.vocabulary import (
    FinishReason,
    Generation,
    Model,
    Request,
    ServerTiming,
    Timing,
    Usage,
)

__all__ = ["Journal", "Recorded", "find_journal", "request_key"]

_SHOWN_RUNS = 3
_PLACES = frozenset({"folder", "device", "gpus"})
"""Options that say where a model lies and runs, not which it is."""
_SERVER_TIMES = ("server_prompt_s", "server_decode_s", "server_load_s")
_TIMES = ("latency", "ttft", "ttft_visible", *_SERVER_TIMES)
_COUNTS = tuple(
    field.name for field in dataclasses.fields(Usage) if not field.name.startswith("is_")
)
_TEXTS = ("reasoning", "finish_reason", "started_at", "model_returned", "fingerprint",
          "reused_from", "endpoint")  # fmt: skip


class Journal:
    """Appends generations to a run; any process of the run may write it."""

    def __init__(self, directory: Path) -> None:
        self._lines: LineFile = RunDirectory(directory).line_file(GENERATIONS)

    def write(self, request: Request, generation: Generation) -> None:
        """Raise StoreError where it cannot be written."""
        problem, timing = request.problem, generation.timing
        server = generation.server_timing
        usage = {name: value for name, value in dataclasses.asdict(generation.usage).items()
                 if value is not None}  # fmt: skip
        wire = {
            "model": request.model.name,
            "task_id": problem.task_id if problem else None,
            "language": problem.language if problem else None,
            "sample": request.sample,
            "call": request.call,
            "completion": generation.text,
            "reasoning": generation.reasoning,
            "finish_reason": generation.finish_reason,
            "latency": timing.latency_s,
            "ttft": timing.ttft_s,
            "ttft_visible": timing.ttft_visible_s,
            "chunk_times": [round(time, 5) for time in timing.chunk_times_s],
            "server_prompt_s": server.prompt_s,
            "server_decode_s": server.decode_s,
            "server_load_s": server.load_s,
            "started_at": generation.started_at,
            "attempts": generation.attempts,
            "model_returned": generation.model_returned,
            "fingerprint": generation.fingerprint,
            "request": request_key(request),
            "dropped": list(generation.dropped),
            "reused_from": generation.reused_from,
            "endpoint": generation.endpoint,
            **usage,
        }
        self._lines.append(json.dumps(wire) + "\n")

    def close(self) -> None:
        self._lines.close()


class Recorded:
    """The generations of a journal, found by their requests; holds places, not texts.

    Safe in several threads.
    """

    def __init__(self, path: Path) -> None:
        """Read where each generation is; raise ConfigError for a file that is no journal."""
        self.path = path
        self.run = path.parent.name
        self._places: dict[str, tuple[int, int]] = {}
        self._lock = threading.Lock()
        try:
            self._fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
            for start, line, wire in whole_lines(path):
                if (key := _key_of(wire)) is not None:
                    # The last one counts: the item was run again.
                    self._places[key] = (start, len(line))
        except OSError as error:
            raise ConfigError(f"{path}: cannot read the generations: {error.strerror}") from None
        if not self._places and path.stat().st_size:
            self.close()
            raise ConfigError(f"{path}: holds no generations that say what was asked")

    def __len__(self) -> int:
        return len(self._places)

    def find(self, request: Request) -> Generation | None:
        """Give what the same request brought; None where it was never answered."""
        place = self._places.get(request_key(request))
        if place is None:
            return None
        with self._lock:
            if self._fd < 0:
                return None
            line = os.pread(self._fd, place[1], place[0])
        return _generation(json.loads(line), self.run)

    def close(self) -> None:
        with self._lock:
            if self._fd >= 0:
                os.close(self._fd)
            self._fd = -1


def _key_of(wire: Mapping[str, Any]) -> str | None:
    """Give what a line answers; None where it does not say, or holds what no journal would."""
    numbers = [wire.get(name) for name in (*_TIMES, *_COUNTS)]
    times = wire.get("chunk_times")
    numbers += times if isinstance(times, list) else [times]
    texts = [wire.get(name) for name in _TEXTS]
    dropped = wire.get("dropped")
    texts += dropped if isinstance(dropped, list) else [dropped]
    is_sound = (
        isinstance(wire.get("completion"), str)
        and all(each is None or type(each) in {int, float} for each in numbers)
        and all(each is None or isinstance(each, str) for each in texts)
    )
    key = wire.get("request")
    return key if is_sound and isinstance(key, str) else None


def _generation(wire: dict[str, Any], run: str) -> Generation:
    reason = wire.get("finish_reason")
    return Generation(
        text=str(wire["completion"]),
        reasoning=str(wire.get("reasoning") or ""),
        finish_reason=FinishReason(reason) if reason in set(FinishReason) else FinishReason.OTHER,
        usage=Usage(
            **{name: wire.get(name) for name in _COUNTS},
            is_estimated=wire.get("is_estimated") is True,
            is_shared=wire.get("is_shared") is True,
        ),
        timing=Timing(
            ttft_s=wire.get("ttft"),
            ttft_visible_s=wire.get("ttft_visible"),
            latency_s=wire.get("latency"),
            chunk_times_s=tuple(wire.get("chunk_times") or ()),
        ),
        server_timing=ServerTiming(
            **{name.removeprefix("server_"): wire.get(name) for name in _SERVER_TIMES}
        ),
        attempts=0,
        started_at=wire.get("started_at"),
        model_returned=wire.get("model_returned"),
        fingerprint=wire.get("fingerprint"),
        dropped=tuple(wire.get("dropped") or ()),
        reused_from=wire.get("reused_from") or run,
        endpoint=wire.get("endpoint"),
    )


def request_key(request: Request) -> str:
    """Hash what decides an answer, and what it is the answer to.

    Not the model's name, keys, headers, limits, prices, and the device that it runs on:
    those may change, and the answer is the same.
    """
    problem = request.problem
    asked = {
        "model": _definition(request.model),
        "messages": [[message.role, message.content] for message in request.messages],
        "task_id": problem.task_id if problem else None,
        "language": problem.language if problem else None,
        "sample": request.sample,
        "call": request.call,
    }
    text = json.dumps(asked, sort_keys=True, default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _definition(model: Model) -> dict[str, Any]:
    return {
        "type": model.type,
        "model": model.model,
        "base_url": public_url(model.base_url),
        "sampling": dataclasses.asdict(model.sampling),
        "system": model.system,
        "extra_body": dict(model.extra_body),
        "options": {name: it for name, it in model.options.items() if name not in _PLACES},
    }


def find_journal(spec: str, base: Path, start: Path) -> Path | None:
    """Find the generations that `last`, a run's id, or a path relative to `start` names.

    `last` is the newest run below `base` that has any; None where there is none. Raise
    ConfigError for a run or a path that does not exist.
    """
    runs = sorted(
        (base / "runs").glob(f"*/{GENERATIONS}"),
        key=lambda path: (path.stat().st_mtime_ns, path.parent.name),
    )
    if spec == "last":
        return runs[-1] if runs else None
    for path in (start / spec, base / "runs" / spec):
        if path.is_file():
            return path
        if (path / GENERATIONS).is_file():
            return path / GENERATIONS
    known = ", ".join(path.parent.name for path in runs[: -_SHOWN_RUNS - 1 : -1])
    newest = f"the newest runs are {known}" if known else f"there are no runs in {base / 'runs'}"
    raise ConfigError(f"--llm-reuse: no recorded generations in {spec!r}; {newest}")
