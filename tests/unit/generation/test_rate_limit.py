"""Requests and tokens per minute, said by the user or by headers."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_llmbench.generation.rate_limit import (
    Allowance,
    PerMinute,
    ReportedLimit,
    read_rate_limits,
)

amounts = st.lists(st.tuples(st.floats(0, 30), st.floats(0.1, 10)), max_size=60)


@given(st.floats(10, 40), amounts)
def test_no_window_of_a_minute_sees_more_than_the_limit(
    limit: float, wishes: list[tuple[float, float]]
) -> None:
    """Each wish is (seconds after the last one, amount); it is spent when it may be."""
    meter = PerMinute(limit)
    now_s = 0.0
    spent: list[tuple[float, float]] = []
    for later_s, amount in wishes:
        now_s += later_s
        now_s += meter.wait_s(amount, now_s)
        assert meter.wait_s(amount, now_s + 1e-6) == 0.0
        now_s += 1e-6
        meter.spend(amount, now_s)
        spent.append((now_s, amount))
    for start_s, _ in spent:
        window = sum(amount for at_s, amount in spent if start_s <= at_s < start_s + 60)
        assert window <= limit + 1e-6


def test_a_wait_is_no_longer_than_it_must_be() -> None:
    meter = PerMinute(10)
    meter.spend(4, 0.0)
    meter.spend(6, 20.0)

    assert meter.wait_s(1, 30.0) == 30.0  # until the first one is a minute old
    assert meter.wait_s(5, 30.0) == 50.0
    assert meter.wait_s(4, 60.0) == 0.0


def test_more_than_the_whole_limit_goes_alone() -> None:
    meter = PerMinute(10)
    assert meter.wait_s(99, 0.0) == 0.0
    meter.spend(99, 0.0)

    assert meter.wait_s(1, 1.0) == 59.0


def test_an_estimate_is_corrected() -> None:
    meter = PerMinute(10)
    entry = meter.spend(9, 0.0)
    meter.correct(entry, 2)

    assert meter.wait_s(8, 1.0) == 0.0
    assert meter.wait_s(9, 1.0) == 59.0


def test_a_correction_that_comes_after_the_minute_changes_nothing() -> None:
    meter = PerMinute(10)
    entry = meter.spend(9, 0.0)
    assert meter.wait_s(10, 61.0) == 0.0
    meter.correct(entry, 2)
    meter.spend(10, 61.0)

    assert meter.wait_s(1, 62.0) == 59.0


OPENAI = {
    "x-ratelimit-limit-requests": "60",
    "x-ratelimit-remaining-requests": "59",
    "x-ratelimit-reset-requests": "1s",
    "x-ratelimit-limit-tokens": "150000",
    "x-ratelimit-remaining-tokens": "149984",
    "x-ratelimit-reset-tokens": "6m0s",
}
ANTHROPIC = {
    "anthropic-ratelimit-requests-limit": "50",
    "anthropic-ratelimit-requests-remaining": "10",
    "anthropic-ratelimit-requests-reset": "2026-11-21T12:00:48Z",
}


def test_both_dialects_are_read() -> None:
    noon = datetime(2026, 11, 21, 12, tzinfo=UTC)

    found = read_rate_limits(OPENAI, 5.0)
    assert found["requests"] == ReportedLimit(limit=60, remaining=59, reset_s=1, at_s=5)
    assert found["tokens"].reset_s == 360
    found = read_rate_limits(ANTHROPIC, 5.0, noon)
    assert found == {"requests": ReportedLimit(limit=50, remaining=10, reset_s=48, at_s=5)}


@pytest.mark.parametrize(
    ("text", "seconds"), [("12ms", 0.012), ("1m30s", 90), ("1h2m3s", 3723), ("2.5s", 2.5), ("7", 7)]
)
def test_a_reset_may_be_written_in_many_ways(text: str, seconds: float) -> None:
    found = read_rate_limits(OPENAI | {"x-ratelimit-reset-requests": text}, 0.0)

    assert found["requests"].reset_s == pytest.approx(seconds)


@pytest.mark.parametrize(
    "changed",
    [
        {"x-ratelimit-remaining-requests": "-1"},
        {"x-ratelimit-limit-requests": "0"},
        {"x-ratelimit-remaining-requests": "61"},
        {"x-ratelimit-reset-requests": "soon"},
        {"x-ratelimit-reset-requests": ""},
    ],
)
def test_what_cannot_be_meant_is_passed_over(changed: dict[str, str]) -> None:
    assert "requests" not in read_rate_limits(OPENAI | changed, 0.0)


@given(st.dictionaries(st.sampled_from([*OPENAI, *ANTHROPIC]), st.text(max_size=12)))
def test_headers_are_hostile_text(headers: dict[str, str]) -> None:
    for reported in read_rate_limits(headers, 0.0).values():
        assert reported.wait_s(1, 0, 0.0) >= 0.0


def test_a_bucket_is_waited_for_as_long_as_it_takes_to_refill() -> None:
    reported = ReportedLimit(limit=60, remaining=0, reset_s=60, at_s=100)

    assert reported.wait_s(1, 0, 100) == pytest.approx(1)
    assert reported.wait_s(1, 4, 100) == pytest.approx(5)
    assert reported.wait_s(1, 0, 101.5) == 0


def test_one_request_that_is_larger_than_the_limit_waits_for_a_full_bucket_only() -> None:
    reported = ReportedLimit(limit=60, remaining=30, reset_s=30, at_s=0)

    assert reported.wait_s(1000, 0, 0) == pytest.approx(30)


def allowance(**limits: float | None) -> Allowance:
    return Allowance(**{"requests_per_minute": None, "tokens_per_minute": None} | limits)


def test_tokens_are_set_aside_and_given_back() -> None:
    both = allowance(tokens_per_minute=100)
    assert both.tokens_of(10, 80) == 90
    both.sent(0, 90, 0.0)

    assert both.wait_s(20, 1.0) > 0
    both.came(0, 10, 30)
    assert both.wait_s(20, 1.0) == 0


def test_a_refused_request_has_used_no_tokens() -> None:
    both = allowance(tokens_per_minute=100)
    both.sent(0, 90, 0.0)
    both.refused(0)

    assert both.wait_s(100, 1.0) == 0


def test_without_a_limit_on_the_answer_others_tell_how_long_one_is() -> None:
    both = allowance()
    for number, tokens in enumerate((100, 300)):
        both.sent(number, 0, 0.0)
        both.came(number, 5, tokens)

    assert both.tokens_of(10, None) == 210


def test_the_strictest_limit_counts() -> None:
    both = allowance(requests_per_minute=1000)
    both.heard(OPENAI | {"x-ratelimit-remaining-requests": "0"}, 0.0)

    assert both.wait_s(1, 0.0) == pytest.approx(1 / 60)
    assert allowance(requests_per_minute=None).wait_s(1, 0.0) == 0


def test_what_an_answer_uses_is_learned_per_sample() -> None:
    allowance = Allowance(requests_per_minute=None, tokens_per_minute=None)
    for number, (output, samples) in enumerate([(10, 1), (90, 3)]):
        allowance.sent(number, 0, 0.0)
        allowance.came(number, 5, output, samples=samples)
    assert allowance.tokens_of(0, None) == pytest.approx(25)
