"""Which settings decide the next token: what is asked for goes over the model's own."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_llmbench.generation.providers.huggingface_sampling import choosing
from pytest_llmbench.vocabulary import Sampling

QWEN = {"do_sample": True, "temperature": 0.7, "top_p": 0.8, "top_k": 20, "repetition_penalty": 1.1}


@pytest.mark.parametrize(
    ("asked", "own", "expected"),
    [
        # Nothing is drawn unless somebody says so, whatever else is set.
        (Sampling(), {}, "greedy"),
        (Sampling(), {"temperature": 0.7, "top_p": 0.8}, "greedy"),
        (Sampling(temperature=0), {"do_sample": True, "temperature": 0.7}, "greedy"),
        (Sampling(temperature=0, top_p=0.5), {}, "greedy"),
        (Sampling(), {"do_sample": True, "temperature": 0.0}, "greedy"),
        # A temperature draws, also where the model's own settings do not.
        (Sampling(temperature=0.8), {}, "sampled temperature=0.8"),
        (Sampling(temperature=0.8), {"do_sample": False}, "sampled temperature=0.8"),
        (Sampling(temperature=1), {}, "sampled"),
        (Sampling(top_p=0.9), {}, "sampled top_p=0.9"),
        # What is not asked for is the model's own; transformers' `top_k: 50` is not.
        (
            Sampling(),
            QWEN,
            "sampled temperature=0.7 top_k=20 top_p=0.8 repetition_penalty=1.1",
        ),
        (
            Sampling(temperature=0.2, top_p=1),
            QWEN,
            "sampled temperature=0.2 top_k=20 repetition_penalty=1.1",
        ),
        (Sampling(temperature=0), QWEN, "greedy repetition_penalty=1.1"),
        # What makes no sense is not taken.
        (Sampling(), {"do_sample": "yes", "top_k": None, "top_p": "0.8"}, "greedy"),
        (Sampling(temperature=1), {"top_k": True, "min_p": [0.1]}, "sampled"),
    ],
)
def test_settings_are_merged(asked: Sampling, own: dict[str, Any], expected: str) -> None:
    assert str(choosing(asked, own)) == expected
