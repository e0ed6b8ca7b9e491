"""What a request can cost at most is bounded by what is really sent."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_llmbench.analysis.forecast import most_usd
from pytest_llmbench.generation.estimates import most_output_tokens
from pytest_llmbench.vocabulary import Model, Prices, Sampling


def model(limit: int | None, **extra_body: Any) -> Model:
    return Model(
        name="m",
        type="openai",
        model="m",
        sampling=Sampling(max_tokens=limit),
        extra_body=extra_body,
        prices=Prices(input=1, output=10),
    )


@pytest.mark.parametrize(
    ("asked", "most"),
    [
        (model(100), 100),
        (model(None), None),
        (model(None, max_completion_tokens=200), 200),
        (model(100, max_tokens=None, max_completion_tokens=8192), 8192),
        (model(100, max_tokens=None), None),
        (model(100, generationConfig={"maxOutputTokens": 300}), 300),
        (model(100, options={"num_ctx": 4096}), 100),
    ],
)
def test_extra_body_has_the_last_word(asked: Model, most: int | None) -> None:
    assert most == most_output_tokens(asked)
    assert (most is None) == (most_usd(asked, 1) is None)
