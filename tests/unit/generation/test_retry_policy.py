"""Which failures are worth another attempt, and after how long."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_llmbench.generation.provider import AttemptError
from pytest_llmbench.generation.retry import RetryPolicy
from pytest_llmbench.vocabulary import EndpointFailure


def error(
    kind: str = "server_error", *, retryable: bool = True, retry_after_s: float | None = None
) -> AttemptError:
    failure = EndpointFailure(kind=kind, message="m")
    return AttemptError(failure, retryable=retryable, retry_after_s=retry_after_s)


def wait_s(
    failed: AttemptError, *, attempt: int = 1, elapsed_s: float = 0.0, random: float = 0.5
) -> float | None:
    return RetryPolicy().wait_s(failed, attempt=attempt, elapsed_s=elapsed_s, random=lambda: random)


@pytest.mark.parametrize(
    ("kind", "attempts"),
    [
        ("rate_limited", 6),
        ("server_error", 6),
        ("connection", 6),
        ("malformed", 3),
        ("timeout", 2),
    ],
)
def test_each_kind_has_its_number_of_attempts(kind: str, attempts: int) -> None:
    attempt = 1
    while wait_s(error(kind), attempt=attempt) is not None:
        attempt += 1
    assert attempts == attempt


def test_a_final_failure_is_not_retried() -> None:
    assert wait_s(error("server_error", retryable=False)) is None


def test_back_off_doubles_up_to_its_cap() -> None:
    policy = RetryPolicy(retries=10)
    waits = [
        policy.wait_s(error(), attempt=attempt, elapsed_s=0, random=lambda: 1.0)
        for attempt in range(1, 9)
    ]
    assert waits == [0.5, 1, 2, 4, 8, 16, 30, 30]


def test_back_off_is_jittered_above_that_of_the_attempt_before() -> None:
    assert wait_s(error(), attempt=1, random=0.0) == 0.0
    assert wait_s(error(), attempt=3, random=0.0) == wait_s(error(), attempt=2, random=1.0) == 1.0


def test_retry_after_is_a_lower_bound() -> None:
    assert wait_s(error("rate_limited", retry_after_s=7.0)) == 7.0
    assert wait_s(error("rate_limited", retry_after_s=1.0), attempt=5) == 6.0


def test_retry_after_is_honoured_up_to_its_limit() -> None:
    assert wait_s(error("rate_limited", retry_after_s=120.0)) == 120.0
    assert wait_s(error("rate_limited", retry_after_s=121.0)) is None


def test_no_attempt_starts_after_the_deadline() -> None:
    assert wait_s(error(), elapsed_s=900.0) is None


@given(
    st.integers(1, 2000), st.floats(0, 1, exclude_max=True), st.floats(0, 1e6), st.floats(0, 1e6)
)
def test_a_wait_is_never_negative_nor_endless(
    attempt: int, random: float, elapsed_s: float, asked_s: float
) -> None:
    wait = wait_s(error(retry_after_s=asked_s), attempt=attempt, elapsed_s=elapsed_s, random=random)
    assert wait is None or 0 <= wait <= 120
