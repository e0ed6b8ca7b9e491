"""A parameter is left out where a server refuses it in words that can mean nothing else."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_llmbench.generation.http_failure import read_error_body
from pytest_llmbench.generation.providers.refused_parameters import (
    Change,
    changed,
    dropped,
    refused,
)

CHAT = {
    "model": "m",
    "messages": [],
    "stream": True,
    "stream_options": {"include_usage": True},
    "temperature": 0.2,
    "top_p": 0.9,
    "max_tokens": 100,
    "seed": 1,
    "stop": ["#"],
    "reasoning_effort": "low",
}
RESPONSES = {"model": "m", "input": [], "temperature": 0.2, "reasoning": {"effort": "low"}}
MESSAGES = {
    "model": "m",
    "max_tokens": 4096,
    "temperature": 0.2,
    "top_p": 0.9,
    "stop_sequences": ["#"],
    "thinking": {"type": "enabled", "budget_tokens": 512},
    "output_config": {"effort": "low"},
}
CONTENT = {
    "contents": [],
    "generationConfig": {
        "temperature": 0.2,
        "topP": 0.9,
        "topK": 40,
        "maxOutputTokens": 100,
        "seed": 1,
        "thinkingConfig": {"thinkingBudget": 512, "includeThoughts": True},
    },
}
OLLAMA = {"model": "m", "think": True, "options": {"temperature": 0.2}}


def openai(message: str, param: str | None = None, code: str | None = None) -> dict[str, Any]:
    kind = "invalid_request_error"
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}


def anthropic(message: str) -> dict[str, Any]:
    return {"type": "error", "error": {"type": "invalid_request_error", "message": message}}


def gemini(message: str) -> dict[str, Any]:
    return {"error": {"code": 400, "message": message, "status": "INVALID_ARGUMENT"}}


def settings(error: dict[str, Any], sent: dict[str, Any], **extra: Any) -> tuple[str, ...]:
    body = read_error_body(json.dumps(error).encode())
    return dropped(sent, refused(body, sent, extra))


DEFAULT_ONLY = (
    "Unsupported value: 'temperature' does not support 0.2 with this model. "
    "Only the default (1) value is supported."
)
FORBIDDEN = {
    "type": "extra_forbidden",
    "loc": ["body", "seed"],
    "msg": "Extra inputs are not permitted",
    "input": 1,
}


@pytest.mark.parametrize(
    ("error", "sent", "names"),
    [
        (openai(DEFAULT_ONLY, "temperature", "unsupported_value"), CHAT, "temperature"),
        (openai(DEFAULT_ONLY), CHAT, "temperature"),
        (openai("No.", "top_p", "unsupported_parameter"), CHAT, "top_p"),
        (
            openai("Unsupported parameter: 'stop' is not supported with this model.", "stop", None),
            CHAT,
            "stop",
        ),
        (
            openai(
                "Unsupported parameter: 'reasoning.effort' is not supported with this model.",
                "reasoning.effort",
                "unsupported_parameter",
            ),
            RESPONSES,
            "effort",
        ),
        (
            openai("Unknown parameter: 'stream_options'.", "stream_options", "unknown_parameter"),
            CHAT,
            "stream_options",
        ),
        (openai("Unrecognized request argument supplied: seed"), CHAT, "seed"),
        (openai("`reasoning_effort` is not supported with this model"), CHAT, "effort"),
        (
            {
                "code": "invalid-argument",
                "error": "Model grok-4 does not support parameter reasoningEffort.",
            },
            CHAT,
            "effort",
        ),
        ({"error": "Argument not supported on this model: stop"}, CHAT, "stop"),
        (
            openai(
                "litellm.UnsupportedParamsError: gpt-5 models don't support temperature=0.2. "
                "Only temperature=1 is supported. To drop unsupported params set "
                "`litellm.drop_params = True`"
            ),
            CHAT,
            "temperature",
        ),
        (
            openai(
                "litellm.UnsupportedParamsError: anthropic does not support parameters: "
                "{'seed': 1}, for model=m. To drop these, set `litellm.drop_params=True`"
            ),
            CHAT,
            "seed",
        ),
        (openai("invalid temperature: only 1 is allowed for this model"), CHAT, "temperature"),
        (anthropic("temperature: Extra inputs are not permitted"), MESSAGES, "temperature"),
        (anthropic("`temperature` is deprecated for this model."), MESSAGES, "temperature"),
        (
            anthropic(
                "`temperature` may only be set to 1 when thinking is enabled. Please consult our "
                "documentation at https://docs.anthropic.com/en/docs/build-with-claude"
            ),
            MESSAGES,
            "temperature",
        ),
        (anthropic("output_config.effort: Extra inputs are not permitted"), MESSAGES, "effort"),
        (
            gemini(
                'Invalid JSON payload received. Unknown name "topP" at '
                "'generation_config': Cannot find field."
            ),
            CONTENT,
            "top_p",
        ),
        (gemini("Thinking budget is not supported for this model."), CONTENT, "thinking"),
        (gemini("Thinking level is not supported for this model."), CONTENT, "thinking"),
        ({"error": '"llama3.1:8b" does not support thinking'}, OLLAMA, "effort"),
        (
            {
                "error": {
                    "message": "Provider returned error",
                    "code": 400,
                    "metadata": {
                        "raw": json.dumps(
                            openai(
                                "Unsupported parameter: 'temperature' is not supported with "
                                "this model.",
                                "temperature",
                            )
                        ),
                        "provider_name": "OpenAI",
                    },
                }
            },
            CHAT,
            "temperature",
        ),
        ({"detail": [FORBIDDEN]}, CHAT, "seed"),
        ({"object": "Error", "detail": [FORBIDDEN], "message": [FORBIDDEN]}, CHAT, "seed"),
        ({"object": "error", "message": {"detail": [FORBIDDEN]}, "code": None}, CHAT, "seed"),
        ({"object": "error", "message": json.dumps({"detail": [FORBIDDEN]})}, CHAT, "seed"),
        (openai(f"[{FORBIDDEN | {'loc': ('body', 'seed')}}]"), CHAT, "seed"),
    ],
)
def test_what_is_refused_is_found(error: dict[str, Any], sent: dict[str, Any], names: str) -> None:
    assert (names,) == settings(error, sent)


def test_everything_that_is_refused_at_once_is_found() -> None:
    said = 'Invalid JSON payload received. Unknown name "{}": Cannot find field.'
    error = gemini("\n".join(said.format(name) for name in ("seed", "top_p")))
    assert settings(error, CHAT) == ("seed", "top_p")


@pytest.mark.parametrize(
    ("error", "sent"),
    [
        # A value that is wrong, where others are right.
        (openai("temperature must be between 0 and 2", "temperature", "invalid_value"), CHAT),
        (
            openai(
                "Unsupported value: 'reasoning_effort' does not support 'low' with this model. "
                "Supported values are: 'medium', and 'high'.",
                "reasoning_effort",
                "unsupported_value",
            ),
            CHAT,
        ),
        (openai("`reasoning_effort` must be one of `none` or `default`"), CHAT),
        (
            anthropic(
                "thinking.enabled.budget_tokens: Input should be greater than or equal to 1024"
            ),
            MESSAGES,
        ),
        # One of two, or another way: the user's choice.
        (
            anthropic(
                "`temperature` and `top_p` cannot both be specified for this model. "
                "Please use only one."
            ),
            MESSAGES,
        ),
        (
            anthropic(
                '"thinking.type.enabled" is not supported for this model. Use '
                '"thinking.type.adaptive" and "output_config.effort" to control thinking.'
            ),
            MESSAGES,
        ),
        # Not ours to leave out.
        (openai("Unsupported parameter: 'model'", "model", "unsupported_parameter"), CHAT),
        (openai("Unknown parameter: 'messages'", "messages", "unknown_parameter"), CHAT),
        (openai("Unsupported parameter: 'max_tokens'.", "max_tokens", "x"), CHAT),
        (gemini("Unknown name \"maxOutputTokens\" at 'generation_config': no field."), CONTENT),
        # Not sent.
        (openai("Unknown parameter: 'seed'.", "seed", "unknown_parameter"), RESPONSES),
        # Nothing is named.
        (openai("Bad request"), CHAT),
        (openai("this model does not support image input"), CHAT),
    ],
)
def test_what_is_not_beyond_doubt_stands(error: dict[str, Any], sent: dict[str, Any]) -> None:
    assert settings(error, sent) == ()


def test_what_extra_body_says_is_never_left_out() -> None:
    error = openai("Unknown parameter: 'seed'.", "seed", "unknown_parameter")
    assert settings(error, CHAT, seed=7) == ()
    thinking = gemini("Thinking budget is not supported for this model.")
    own = {"thinkingConfig": {"thinkingBudget": 0}}
    assert settings(thinking, CONTENT, generationConfig=own) == ()
    assert settings(thinking, CONTENT, generationConfig={"topK": 40}) == ("thinking",)


def test_a_refusal_of_something_else_besides_is_not_cured_by_half() -> None:
    said = 'Unknown name "{}": Cannot find field.'
    error = gemini("\n".join(said.format(name) for name in ("seed", "frequency_penalty")))
    assert settings(error, CHAT | {"frequency_penalty": 1}, frequency_penalty=1) == ()


def test_a_limit_gets_its_other_name_and_keeps_its_value() -> None:
    error = openai(
        "Unsupported parameter: 'max_tokens' is not supported with this model. "
        "Use 'max_completion_tokens' instead.",
        "max_tokens",
        "unsupported_parameter",
    )
    changes = refused(read_error_body(json.dumps(error).encode()), CHAT, {})

    assert changes == {Change(path=("max_tokens",), renamed="max_completion_tokens")}
    body = changed(CHAT, changes)
    assert body["max_completion_tokens"] == 100
    assert "max_tokens" not in body
    assert dropped(CHAT, changes) == ()


def test_a_body_is_changed_without_touching_the_one_given() -> None:
    change = Change(path=("generationConfig", "topP"))
    before = json.dumps(CONTENT)

    after = changed(CONTENT, [change])

    assert "topP" not in after["generationConfig"]
    assert after["generationConfig"]["seed"] == 1
    assert json.dumps(CONTENT) == before
    assert changed(CHAT, [change]) == CHAT


WORDS = ("does not support", "is not supported", "Unknown parameter", "use", "thinking", "x")
PIECES = st.sampled_from([*CHAT, *WORDS, "'", '"', " ", ".", ":", "\\", "{", "["])


@given(st.lists(PIECES, max_size=12).map(" ".join))
def test_whatever_a_server_says_only_settings_are_ever_left_out(message: str) -> None:
    changes = refused(read_error_body(json.dumps(openai(message)).encode()), CHAT, {})
    kept = changed(CHAT, changes)
    for key in ("model", "messages", "stream"):
        assert kept[key] == CHAT[key]
    assert 100 in (kept.get("max_tokens"), kept.get("max_completion_tokens"))


@pytest.mark.parametrize("piece", ["a", "'", "a.", " ", "does not support ", "use '", "x "])
def test_a_hostile_message_costs_little(piece: str) -> None:
    body = read_error_body(json.dumps(openai(piece * 20_000)).encode())
    assert refused(body, CHAT, {}) == frozenset()
