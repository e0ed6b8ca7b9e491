"""A journal from anywhere is read: what no journal would hold is asked for again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_llmbench.errors import ConfigError
from pytest_llmbench.records.journal import Journal, Recorded
from pytest_llmbench.vocabulary import (
    FinishReason,
    Generation,
    Message,
    Model,
    Request,
    ServerTiming,
    Timing,
    Usage,
)

REQUEST = Request(
    model=Model(name="m", type="openai", model="m", base_url="http://u:p@h/v1?key=1"),
    messages=(Message(role="user", content="?"),),
    sample=0,
)
GENERATION = Generation(
    text="a\u2028b",
    reasoning="r",
    finish_reason=FinishReason.LENGTH,
    usage=Usage(input_tokens=1, output_tokens=0, is_estimated=True),
    server_timing=ServerTiming(prompt_s=0.25, decode_s=1.0),
    timing=Timing(latency_s=1.5, ttft_s=0.5, chunk_times_s=(0.5, 1.5)),
    model_returned="m-1",
    dropped=("seed", "temperature"),
)


def journal(folder: Path) -> Path:
    written = Journal(folder)
    written.write(REQUEST, GENERATION)
    written.close()
    return folder / "generations.jsonl"


def test_what_was_written_is_found(tmp_path: Path) -> None:
    recorded = Recorded(journal(tmp_path))
    found = recorded.find(REQUEST)
    recorded.close()

    assert found is not None
    assert (found.text, found.reasoning) == (GENERATION.text, GENERATION.reasoning)
    assert (found.finish_reason, found.usage) == (GENERATION.finish_reason, GENERATION.usage)
    assert (found.timing, found.model_returned) == (GENERATION.timing, "m-1")
    assert (found.dropped, found.server_timing) == (GENERATION.dropped, GENERATION.server_timing)
    assert (found.attempts, found.reused_from) == (0, tmp_path.name)


KEYS = ["completion", "reasoning", "finish_reason", "latency", "ttft", "chunk_times",
        "input_tokens", "started_at", "reused_from", "server_load_s", "request"]  # fmt: skip
WRONG = st.sampled_from([{}, [[]], True, {"a": 1}, ["x"]])


@given(st.sampled_from(KEYS), WRONG)
def test_a_value_of_a_wrong_type_is_not_reused(
    tmp_path_factory: pytest.TempPathFactory, key: str, value: Any
) -> None:
    path = journal(tmp_path_factory.mktemp("run"))
    wire = json.loads(path.read_text())
    path.write_text(json.dumps(wire | {key: value}) + "\n")

    with pytest.raises(ConfigError, match="holds no generations that say what was asked"):
        Recorded(path)
