"""What error responses mean, in all the shapes that servers give them."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from pytest_llmbench.generation.http_failure import (
    attempt_error,
    model_outcome,
    read_error_body,
    retry_after_s,
    stream_error,
)
from pytest_llmbench.generation.provider import AttemptError
from pytest_llmbench.vocabulary import FinishReason

NOW = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)
LITELLM_CONTEXT = (
    "litellm.ContextWindowExceededError: litellm.BadRequestError: ContextWindowExceededError: "
    "OpenAIException - request (16010 tokens) exceeds the available context size (512 tokens), "
    "try increasing it\nmodel=m. context_window_fallbacks=None. fallbacks=None.\n\nSet "
    "'context_window_fallback' - https://docs.litellm.ai/docs/routing#fallbacks"
)
VLLM_CONTEXT = (
    "This model's maximum context length is 512 tokens. However, your prompt contains at least 513 "
    "input tokens, which exceeds this limit even without any output tokens. Please reduce the "
    "length of the input prompt. (parameter=input_tokens, value=513)"
)
VLLM_LIMIT = (
    "max_tokens=4096 cannot be greater than max_model_len=512. Please request fewer output "
    "tokens. (parameter=max_tokens, value=4096)"
)
LITELLM_FILTER = (
    "litellm.BadRequestError: litellm.ContentPolicyViolationError: litellm.MockException: "
    "Exception: content_filter_policy\nmodel=m. content_policy_fallback=None. fallbacks=None."
)


def body(message: str = "m", **fields: object) -> bytes:
    return json.dumps({"error": {"message": message, **fields}}).encode()


def error(status: int, raw: bytes = b"", **headers: str) -> AttemptError:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return attempt_error(status, named, read_error_body(raw), now=NOW)


@pytest.mark.parametrize(
    ("status", "kind", "retryable"),
    [
        (307, "not_found", False),
        (400, "bad_request", False),
        (401, "auth", False),
        (402, "auth", False),
        (403, "auth", False),
        (404, "not_found", False),
        (408, "timeout", True),
        (409, "rate_limited", True),
        (418, "bad_request", False),
        (422, "bad_request", False),
        (429, "rate_limited", True),
        (500, "server_error", True),
        (502, "server_error", True),
        (503, "server_error", True),
        (529, "server_error", True),
    ],
)
def test_a_status_has_a_kind(status: int, kind: str, retryable: bool) -> None:
    failed = error(status)
    assert (kind, retryable, status) == (
        failed.failure.kind,
        failed.retryable,
        failed.failure.status,
    )


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b'{"error": {"message": "no such model", "code": 404}}', "no such model"),
        (b'{"error": "plain words"}', "plain words"),
        (b'{"detail": "Not Found"}', "Not Found"),
        (b'{"detail": [{"loc": ["body"], "msg": "bad"}]}', '[{"loc": ["body"], "msg": "bad"}]'),
        (b'{"object": "error", "message": "old vLLM"}', "old vLLM"),
        (b'[{"error": {"message": "Gemini", "status": "NOT_FOUND"}}]', "Gemini"),
        (b"<html>\n<b>502</b>\n</html>", "<html> <b>502</b> </html>"),
        (b"", "no message"),
        (b"null", "null"),
        (b'{"error": {}}', "no message"),
        (b"\xff\xfe", "\ufffd\ufffd"),
    ],
)
def test_every_shape_of_error_has_its_message(raw: bytes, message: str) -> None:
    assert f"HTTP 418: {message}" == error(418, raw).failure.message.replace(
        '{"error": {}}', "no message"
    )


def test_a_message_is_one_short_line_without_control_characters() -> None:
    message = error(500, body("\x1b[31mred\r\nline two " + "x" * 1000)).failure.message
    assert len(message) <= 300
    assert "\n" not in message
    assert "\x1b" not in message


@pytest.mark.parametrize(
    "raw",
    [
        body(code="insufficient_quota"),
        body("You exceeded your current quota, please check your plan"),
        body(type="rate_limit_error", details={"error_code": "enforced_spend_limit_reached"}),
    ],
)
def test_an_exhausted_quota_is_final(raw: bytes) -> None:
    assert not error(429, raw).retryable


def test_a_limit_per_minute_in_the_words_of_a_quota_is_retried() -> None:
    raw = body("You exceeded your current quota", status="RESOURCE_EXHAUSTED")
    assert error(429, raw).retryable


def test_a_wrong_key_under_status_400_is_a_wrong_key() -> None:
    details = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"}]
    failed = error(400, body("API key not valid.", status="INVALID_ARGUMENT", details=details))
    assert (failed.failure.kind, failed.retryable) == ("auth", False)


@pytest.mark.parametrize(
    "raw",
    [
        body(
            "/chat/completions: Invalid model name passed in model=a/b. Call `/v1/models` to view "
            "available models for your key.",
            type="invalid_request_error",
            code="400",
        ),
        b"{\"detail\":\"Server is pinned to '/models/m'; requested 'a/b'.\"}",
    ],
)
def test_an_unknown_model_under_status_400_is_not_found(raw: bytes) -> None:
    failed = error(400, raw)
    assert (failed.failure.kind, failed.retryable) == ("not_found", False)


@pytest.mark.parametrize(
    ("delay", "pause_s"),
    [
        ("38s", 38.0),
        ("1.5s", 1.5),
        ("38", None),
        ("-1s", None),
        ("9" * 400 + "s", None),
        (38, None),
        (["38s"], None),
    ],
)
def test_a_pause_may_stand_in_the_body(delay: object, pause_s: float | None) -> None:
    details = [7, {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": delay}]
    raw = body("Slow down.", status="RESOURCE_EXHAUSTED", details=details)
    assert pause_s == error(429, raw).retry_after_s
    assert error(429, raw, retry_after="7").retry_after_s == 7.0


def test_a_500_that_blames_the_request_is_final() -> None:
    failed = error(500, body(type="invalid_request_error"))
    assert (failed.failure.kind, failed.retryable) == ("bad_request", False)


@pytest.mark.parametrize(("advice", "retryable"), [("true", True), ("false", False)])
def test_the_server_has_the_last_word_on_retries(advice: str, retryable: bool) -> None:
    assert retryable is error(500, x_should_retry=advice).retryable
    assert retryable is error(400, x_should_retry=advice).retryable


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "3"}, 3.0),
        ({"retry-after": " 1.5 "}, 1.5),
        ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),
        ({"retry-after": "Sat, 21 Nov 2026 12:00:20 GMT"}, 20.0),
        ({"retry-after": "Sat, 21 Nov 2026 11:00:00 GMT"}, 0.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "9" * 400}, None),
    ],
)
def test_retry_after_is_read_in_every_form(headers: dict[str, str], seconds: float | None) -> None:
    assert seconds == retry_after_s(headers, NOW)


@pytest.mark.parametrize(
    ("raw", "outcome"),
    [
        (body(code="context_length_exceeded"), FinishReason.LENGTH),
        (body(type="exceed_context_size_error", code=400), FinishReason.LENGTH),
        (body("The decoder prompt is longer than the maximum model length"), FinishReason.LENGTH),
        (body("prompt is too long: 210000 tokens > 200000 maximum"), FinishReason.LENGTH),
        (body("The input token count (9) exceeds the maximum number of"), FinishReason.LENGTH),
        (body(LITELLM_CONTEXT, type="invalid_request_error", code="400"), FinishReason.LENGTH),
        (
            body(VLLM_CONTEXT, type="BadRequestError", param="input_tokens", code=400),
            FinishReason.LENGTH,
        ),
        (body(VLLM_LIMIT, type="BadRequestError", param="max_tokens", code=400), None),
        (body(code="content_filter"), FinishReason.CONTENT_FILTER),
        (
            body(LITELLM_FILTER, type="invalid_request_error", code="400"),
            FinishReason.CONTENT_FILTER,
        ),
        (body("litellm.BadRequestError: context_window_fallbacks=None", code="400"), None),
        (body("Output blocked by content filtering policy"), FinishReason.CONTENT_FILTER),
        (body("max_tokens is too large: 4096"), None),
        (body(code="invalid_prompt"), None),
    ],
)
def test_what_the_model_cannot_do_is_its_outcome(raw: bytes, outcome: FinishReason | None) -> None:
    assert outcome == model_outcome(400, read_error_body(raw))
    assert model_outcome(500, read_error_body(raw)) is None


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ({"error": {"message": "overloaded", "type": "overloaded_error"}}, "server_error"),
        ({"error": {"message": "m", "code": 429}}, "rate_limited"),
        ({"error": {"message": "m", "type": "rate_limit_error"}}, "rate_limited"),
        ({"error": {"message": "m", "type": "invalid_request_error"}}, "bad_request"),
        ({"error": "out of memory"}, "server_error"),
        (
            {
                "error": "`temperature` (=-3.0) has to be a strictly positive float, otherwise "
                "your next token scores will be invalid."
            },
            "bad_request",
        ),
        ({"error": "`max_new_tokens` must be greater than 0, but is -1."}, "bad_request"),
        ({"error": "the cache must be emptied"}, "server_error"),
    ],
)
def test_an_error_inside_a_stream_has_a_kind(value: object, kind: str) -> None:
    failed = stream_error(value, ())
    assert isinstance(failed, AttemptError)
    assert kind == failed.failure.kind


def test_a_filter_inside_a_stream_is_an_outcome() -> None:
    value = {"error": {"message": "m", "code": "content_filter"}}
    assert FinishReason.CONTENT_FILTER is stream_error(value, ())


def test_what_a_router_passes_on_is_told() -> None:
    raw = body("Provider returned error", code=400, metadata={"raw": "no such quantization"})
    assert error(400, raw).failure.message == (
        "HTTP 400: Provider returned error: no such quantization"
    )


@pytest.mark.parametrize("metadata", [None, "x", {}, {"raw": 1}, {"raw": ""}])
def test_a_router_that_passes_nothing_on_adds_nothing(metadata: object) -> None:
    assert error(400, body("wrong", metadata=metadata)).failure.message == "HTTP 400: wrong"


@pytest.mark.parametrize("name", ["x_request_id", "request_id"])
def test_the_servers_name_of_a_request_is_kept(name: str) -> None:
    assert error(500, **{name: "req_1\x1b[31m"}).failure.request_id == "req_1\\x1b[31m"
    assert error(500).failure.request_id is None
