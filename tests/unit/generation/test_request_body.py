"""What goes on the wire."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_llmbench.errors import ConfigError
from pytest_llmbench.generation.providers.openai import check, request_body
from pytest_llmbench.vocabulary import Message, Model, Request, Sampling, Secret


def model(**fields: Any) -> Model:
    return Model(
        **{"name": "M", "type": "openai", "model": "m", "base_url": "http://h/v1"} | fields
    )


def body(sample: int = 0, **fields: Any) -> dict[str, Any]:
    messages = (Message(role="user", content="hi"),)
    return request_body(Request(model=model(**fields), messages=messages, sample=sample))


def test_settings_that_are_not_set_are_left_to_the_server() -> None:
    assert body() == {
        "model": "m",
        "messages": [{"role": "user", "content": "hi"}],
        "stream": True,
        "stream_options": {"include_usage": True},
    }


def test_settings_that_are_zero_are_sent() -> None:
    sent = body(sampling=Sampling(temperature=0.0, top_p=0.5, seed=0, max_tokens=9, stop=("X",)))
    assert (
        sent["temperature"],
        sent["top_p"],
        sent["seed"],
        sent["max_tokens"],
        sent["stop"],
    ) == (0.0, 0.5, 0, 9, ["X"])


def test_each_sample_has_its_own_seed() -> None:
    assert [body(k, sampling=Sampling(seed=40))["seed"] for k in (0, 3)] == [40, 43]


def test_the_system_prompt_comes_first_and_once() -> None:
    assert [item["role"] for item in body(system="Be brief.")["messages"]] == ["system", "user"]
    messages = (Message(role="system", content="mine"), Message(role="user", content="hi"))
    request = Request(model=model(system="Be brief."), messages=messages, sample=0)
    assert [item["content"] for item in request_body(request)["messages"]] == ["mine", "hi"]


def test_extra_body_has_the_last_word_and_null_removes() -> None:
    sent = body(
        sampling=Sampling(max_tokens=9), extra_body={"max_tokens": None, "max_completion_tokens": 9}
    )
    assert ("max_tokens" not in sent, 9) == (True, sent["max_completion_tokens"])


def test_extra_body_goes_into_objects_key_by_key() -> None:
    sent = body(extra_body={"stream_options": {"continuous_usage_stats": True}})
    assert sent["stream_options"] == {"include_usage": True, "continuous_usage_stats": True}


def test_effort_is_sent_and_extra_body_goes_over_it() -> None:
    assert body(options={"effort": "low"})["reasoning_effort"] == "low"
    sent = body(options={"effort": "low"}, extra_body={"reasoning_effort": "high"})
    assert sent["reasoning_effort"] == "high"


@pytest.mark.parametrize("url", [None, "", "localhost:8000", "ftp://h/v1", "http://", "http://h:x"])
def test_an_address_that_is_none_is_a_configuration_error(url: str | None) -> None:
    with pytest.raises(ConfigError, match=r"^models.yaml:7: model 'M' needs a base_url"):
        check(model(base_url=url, origin="models.yaml:7"))


@pytest.mark.parametrize("key", ["sk-abc\n", "sk\u2019abc"])
def test_a_key_that_no_header_can_carry_is_a_configuration_error(key: str) -> None:
    with pytest.raises(ConfigError, match="api_key of model 'M'") as caught:
        check(model(api_key=Secret(key)))
    assert "abc" not in str(caught.value)
