"""What a driver reads and writes is what was sent, whatever it is."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from pytest_llmbench.grading import Judge
from pytest_llmbench.grading.compare import explain_mismatch
from pytest_llmbench.languages import Language, language_names
from pytest_llmbench.signature import parse_signature
from pytest_llmbench.vocabulary import Limits

from .problems import SIGNATURES, Unable, answer

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)


@pytest.mark.parametrize("language", language_names(), indirect=True)
def test_values_come_back_as_they_were_sent(judge: Judge, language: Language) -> None:
    code = answer(language.name, "scalars")
    if isinstance(code, Unable):
        pytest.skip(f"{language.title}: {code.reason}")
    signature = parse_signature(SIGNATURES["scalars"])
    bits = (language.int_bits or 80) - 1
    integers = st.integers(min_value=-(2**bits), max_value=2**bits - 1)
    opened = judge.open(language.name, code, Limits(), signature)

    # One process for all examples; to shrink them would only take its time.
    @settings(
        max_examples=100,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.tuples(integers, st.floats(), st.booleans(), TEXT))
    def round_trip(values: tuple[int, float, bool, str]) -> None:
        returned = opened.call("scalars", values)
        assert explain_mismatch(values, returned, language.name) is None

    try:
        round_trip()
    finally:
        opened.close()
