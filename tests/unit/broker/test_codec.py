"""What crosses between processes comes out as it went in."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_llmbench.broker.codec import (
    decode,
    encode,
    generation_from_wire,
    request_from_wire,
    request_to_wire,
)
from pytest_llmbench.vocabulary import Generation, Message, Model, Request, Secret

MODEL = Model(name="m", type="openai", model="x", api_key=Secret("sk-very-secret"))
texts = st.text(st.characters(), max_size=20)


@given(st.from_type(Generation))
def test_a_generation_crosses_whole(generation: Generation) -> None:
    back = generation_from_wire(decode(encode(generation)))

    assert back == generation or "nan" in repr(generation)
    assert type(back.timing) is type(generation.timing)


def test_every_field_of_a_generation_can_cross() -> None:
    """A type that the codec does not know would come back as something else."""
    for field in dataclasses.fields(Generation):
        assert not str(field.type).startswith(("dict", "list", "Mapping")), field.name


@given(st.lists(st.tuples(texts, texts)), st.integers(0, 9), st.integers(0, 9))
def test_a_request_crosses_without_its_model(
    messages: list[tuple[str, str]], sample: int, call: int
) -> None:
    said = tuple(Message(role=role, content=content) for role, content in messages)
    request = Request(model=MODEL, messages=said, sample=sample, call=call)

    wire = encode(request_to_wire(request))

    assert b"secret" not in wire
    assert request_from_wire(decode(wire), MODEL) == request


def test_what_is_no_message_cannot_be_sent() -> None:
    with pytest.raises(TypeError, match="Secret cannot be sent"):
        encode(["x", Secret("y")])
