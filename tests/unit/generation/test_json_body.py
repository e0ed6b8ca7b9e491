"""What is laid over the body of a request."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_llmbench.generation.providers.json_body import merged


@pytest.mark.parametrize(
    ("body", "extra", "result"),
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        ({"a": "foo"}, {"a": {"b": "bar", "c": None}}, {"a": {"b": "bar"}}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_the_examples_of_rfc_7396(
    body: dict[str, Any], extra: dict[str, Any], result: dict[str, Any]
) -> None:
    assert result == merged(body, extra)


def test_what_is_not_set_is_left_out() -> None:
    assert {"b": 0} == merged({"a": None, "b": 0}, {})


def test_a_model_entry_is_not_changed() -> None:
    extra = {"a": {"b": 1}}
    merged({"a": {"c": 2}}, extra)["a"]["b"] = 3
    assert extra == {"a": {"b": 1}}
