"""Bodies of responses in pieces, as every API's reader is given them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pytest_llmbench.generation.provider import AttemptError
from pytest_llmbench.generation.providers.streaming import Response
from pytest_llmbench.vocabulary import Generation

__all__ = ["failure_of", "read_all"]


def read_all(
    reader: Response, chunks: tuple[bytes, ...], content_type: str = "text/event-stream"
) -> Generation:
    """Read chunks that arrive one second apart, from second 1."""
    for at_s, data in enumerate(chunks, start=1):
        reader.feed(data, float(at_s))
    reader.finish(len(chunks) + 1.0, content_type)
    return reader.generation()


def failure_of(read: Callable[[], Generation]) -> AttemptError:
    with pytest.raises(AttemptError) as caught:
        read()
    return caught.value
