"""Requests and generations as bytes, for another process of the same run.

JSON and never pickle: a worker runs next to hostile answers, perhaps on another host,
and must not be able to make the controller do anything but ask. A request names its
model; keys and addresses stay where they are.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from enum import Enum
from functools import cache
from types import NoneType
from typing import Any, get_args, get_origin, get_type_hints

from pytest_llmbench.vocabulary import ByBody, Generation, Message, Model, Problem, Request

__all__ = ["decode", "encode", "generation_from_wire", "request_from_wire", "request_to_wire"]


def encode(message: object) -> bytes:
    """Give a message of builtins and dataclasses as ASCII."""
    return json.dumps(message, default=_fields).encode("ascii")


def decode(data: bytes) -> Any:
    """Read a message; raise ValueError for what is none."""
    return json.loads(data)


def request_to_wire(request: Request) -> dict[str, Any]:
    """Give a request without its model, and of its problem only what names it."""
    problem = request.problem
    return {
        "messages": [[message.role, message.content] for message in request.messages],
        "sample": request.sample,
        "call": request.call,
        "problem": problem and [problem.suite, problem.id, problem.task_id, problem.language],
    }


def request_from_wire(wire: Mapping[str, Any], model: Model) -> Request:
    """Read a request to a model; raise KeyError, TypeError or ValueError for what is none."""
    problem = None
    if wire["problem"] is not None:
        suite, own_id, task_id, language = wire["problem"]
        problem = Problem(
            suite=suite, id=own_id, task_id=task_id, language=language, prompt="", judging=ByBody()
        )
    return Request(
        model=model,
        messages=tuple(Message(role=role, content=content) for role, content in wire["messages"]),
        sample=int(wire["sample"]),
        call=int(wire["call"]),
        problem=problem,
    )


def generation_from_wire(wire: Mapping[str, Any]) -> Generation:
    """Read a generation as `encode` has written it."""
    return _value(Generation, wire)  # type: ignore[no-any-return]


def _fields(value: object) -> dict[str, object]:
    if not dataclasses.is_dataclass(value) or isinstance(value, type):
        raise TypeError(f"{type(value).__name__} cannot be sent to another process")
    return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}


def _value(kind: Any, wire: Any) -> Any:
    """Read a value of an annotated type: a dataclass, an enum, a tuple, or a builtin."""
    if wire is None:
        return None
    choices = [each for each in get_args(kind) if each is not NoneType]
    if get_origin(kind) is tuple:
        return tuple(_value(choices[0], item) for item in wire)
    if get_origin(kind) is not None and len(choices) == 1:
        return _value(choices[0], wire)
    if isinstance(kind, type) and dataclasses.is_dataclass(kind):
        hints = _hints(kind)
        return kind(**{name: _value(hints[name], item) for name, item in wire.items()})
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind(wire)
    return wire


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)
