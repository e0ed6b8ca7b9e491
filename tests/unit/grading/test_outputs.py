"""What a program printed, compared with what it should have printed."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_llmbench.grading.outputs import explain_output
from pytest_llmbench.vocabulary import Comparison

TOKENS, EXACT, FLOATS = Comparison.TOKENS, Comparison.EXACT, Comparison.FLOATS


@pytest.mark.parametrize(
    ("comparison", "expected", "actual"),
    [
        (TOKENS, "1 2\n3\n", "1\n2   3"),
        (TOKENS, "", "\n \t\n"),
        (EXACT, "a b\n", "a b"),
        (EXACT, "a b", "a b\n"),
        (EXACT, " a\n\n", " a\n\n"),
        (FLOATS, "0.5 x", "0.5000001 x"),
        (FLOATS, "1e9", "1000000000.1"),
        (FLOATS, "0.0", "-0.0000001"),
        (FLOATS, "nan inf -inf", "NaN Infinity -Inf"),
        (FLOATS, "3", "3.0000001"),
        (FLOATS, "+7 -0", "007 0"),
        (FLOATS, f"-00{'7' * 5000} 1", f"-{'7' * 5000} +1"),
    ],
)
def test_equal_outputs(comparison: Comparison, expected: str, actual: str) -> None:
    assert explain_output(expected, actual, comparison, 1e-6) is None


@pytest.mark.parametrize(
    ("comparison", "expected", "actual", "why"),
    [
        (TOKENS, "1 2", "1 3", "word 2 is '3', expected '2'"),
        (TOKENS, "1 2", "1", "printed 1 word(s), expected 2"),
        (TOKENS, "1", "1 2", "printed 2 word(s), expected 1"),
        (TOKENS, "1 2", " \n", "printed nothing, expected 2 word(s): '1 2'"),
        (TOKENS, "1.0", "1.00", "word 1 is '1.00', expected '1.0'"),
        (EXACT, "a\nb\n", "a\n b\n", "line 2 is ' b', expected 'b'"),
        (EXACT, "a\n", "a\n\n", "printed 2 line(s), expected 1"),
        (FLOATS, "0.5", "0.51", "word 1 is '0.51', expected '0.5'"),
        (FLOATS, "1000000007", "1000000008", "word 1 is '1000000008', expected '1000000007'"),
        (FLOATS, "nan", "0", "word 1 is '0', expected 'nan'"),
        (FLOATS, "inf", "-inf", "word 1 is '-inf', expected 'inf'"),
        (FLOATS, "1.5", "1_5e-1", "word 1 is '1_5e-1', expected '1.5'"),
        (FLOATS, "yes", "no", "word 1 is 'no', expected 'yes'"),
    ],
)
def test_the_first_difference_is_told(
    comparison: Comparison, expected: str, actual: str, why: str
) -> None:
    assert why == explain_output(expected, actual, comparison, 1e-6)


@given(st.text(), st.sampled_from(Comparison))
def test_an_output_equals_itself(text: str, comparison: Comparison) -> None:
    assert explain_output(text, text, comparison, 1e-9) is None


@given(
    st.floats(-1e300, 1e300) | st.sampled_from([math.inf, -math.inf, math.nan]),
    st.floats(min_value=-1, max_value=1),
)
def test_floats_are_close_where_the_tolerance_says_so(value: float, step: float) -> None:
    moved = value + step * 1e-7 * max(1.0, abs(value)) if math.isfinite(value) else value

    assert explain_output(repr(value), repr(moved), FLOATS, 1e-6) is None
