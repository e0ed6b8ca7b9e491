"""An item passes or fails only on what lost samples could not have changed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_llmbench.pass_rule import Decision, parse_pass_rule

RULES = ["any", "all", "majority", "rate:0.8"]


@pytest.mark.parametrize(
    ("rule", "passed", "failed", "decision"),
    [
        ("any", 1, 4, Decision.PASS),
        ("any", 0, 5, Decision.FAIL),
        ("all", 5, 0, Decision.PASS),
        ("all", 4, 1, Decision.FAIL),
        ("majority", 3, 2, Decision.PASS),
        ("majority", 2, 2, Decision.FAIL),
        ("rate:0.8", 4, 1, Decision.PASS),
        ("rate:0.8", 3, 2, Decision.FAIL),
    ],
)
def test_each_rule(rule: str, passed: int, failed: int, decision: Decision) -> None:
    assert decision is parse_pass_rule(rule).decide(passed=passed, failed=failed, infra=0)


@given(st.sampled_from(RULES), st.integers(0, 6), st.integers(0, 6), st.integers(0, 6))
def test_lost_samples_never_decide(rule: str, passed: int, failed: int, infra: int) -> None:
    decide = parse_pass_rule(rule).decide
    decision = decide(passed=passed, failed=failed, infra=infra)

    if decision is not Decision.INFRA and passed + failed:
        for found in range(infra + 1):
            assert decision is decide(passed=passed + found, failed=failed + infra - found, infra=0)


@pytest.mark.parametrize("text", ["most", "rate", "rate:0", "rate:2", "any:1", "rate:x", ""])
def test_an_unknown_rule_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not any, all, majority or rate"):
        parse_pass_rule(text)
