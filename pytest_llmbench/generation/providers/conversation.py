"""What a request says, in the shapes that the APIs want it."""

from __future__ import annotations

from pytest_llmbench.vocabulary import Message, Request

__all__ = ["as_messages", "as_text", "split_system", "system_text"]


def system_text(request: Request) -> str | None:
    """Give the model's own system text; `None` where the request brings one."""
    brings_one = any(item.role == "system" for item in request.messages)
    return None if brings_one else request.model.system


def as_messages(request: Request) -> list[dict[str, str]]:
    """Give the messages as chat APIs take them, the system text first."""
    messages = [{"role": item.role, "content": item.content} for item in request.messages]
    system = system_text(request)
    return messages if system is None else [{"role": "system", "content": system}, *messages]


def as_text(request: Request) -> str:
    """Give all that is said as one text, for what knows no roles."""
    return "\n\n".join(item["content"] for item in as_messages(request))


def split_system(request: Request) -> tuple[str | None, list[Message]]:
    """Give the system prompt and the turns; a request's own goes over the model's."""
    turns = [item for item in request.messages if item.role != "system"]
    said = [item.content for item in request.messages if item.role == "system"]
    system = "\n\n".join(said) if said else request.model.system
    return system or None, turns
