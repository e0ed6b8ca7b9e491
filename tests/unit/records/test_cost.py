"""What a generation cost: by whose word, and that the arithmetic holds."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_llmbench.analysis.forecast import most_usd
from pytest_llmbench.records.cost import Cost, cost_of
from pytest_llmbench.vocabulary import Generation, ListedPrices, Model, Prices, Sampling, Usage

PRICES = Prices(input=2, output=10, cached_input=0.5, cache_write=2.5, cache_write_1h=4)


def priced(prices: Prices | ListedPrices | None = PRICES, **more: Any) -> Model:
    return Model(name="m", type="openai", model="m", prices=prices, **more)


def cost(usage: Usage, model: Model | None = None) -> Cost:
    return cost_of(Generation(usage=usage), model or priced())


def test_every_kind_of_token_has_its_price() -> None:
    usage = Usage(
        input_tokens=1_000_000,
        cached_input_tokens=400_000,
        cache_write_tokens=300_000,
        cache_write_1h_tokens=100_000,
        output_tokens=100_000,
        reasoning_tokens=50_000,  # part of the output, billed once
    )

    usd, source = cost(usage)

    assert "models.yaml" == source
    assert 0.3 * 2 + 0.4 * 0.5 + 0.2 * 2.5 + 0.1 * 4 + 0.1 * 10 == pytest.approx(usd)


@pytest.mark.parametrize(
    ("prices", "usd"),
    [
        (Prices(input=2, output=0), 2.0),
        (Prices(input=2, output=0, cache_write=3), 2.5),
        (Prices(input=2, output=0, cache_write_1h=4), 2.5),
    ],
)
def test_a_price_that_is_not_given_is_the_next_wider_one(prices: Prices, usd: float) -> None:
    usage = Usage(
        input_tokens=1_000_000,
        cached_input_tokens=500_000,
        cache_write_tokens=500_000,
        cache_write_1h_tokens=250_000,
        output_tokens=9,
    )

    assert usd == pytest.approx(cost(usage, priced(prices)).usd)


def test_what_the_server_charged_goes_over_all_prices() -> None:
    usage = Usage(input_tokens=7, output_tokens=5, reported_cost_usd=0.25)

    assert Cost(0.25, "server") == cost(usage)
    assert Cost(0.25, "server") == cost(usage, priced(None))
    assert Cost(0.25, "server") == cost(Usage(reported_cost_usd=0.25), priced(None))


@pytest.mark.parametrize("charged", [0.0, -1.0, math.inf, math.nan])
def test_a_charge_that_is_none_is_not_free(charged: float) -> None:
    usage = Usage(input_tokens=1_000_000, output_tokens=0, reported_cost_usd=charged)

    assert Cost(2.0, "models.yaml") == cost(usage)
    assert Cost(None, None) == cost(usage, priced(None))


@pytest.mark.parametrize("usage", [Usage(), Usage(input_tokens=1), Usage(output_tokens=1)])
def test_without_the_tokens_the_cost_is_unknown(usage: Usage) -> None:
    assert Cost(None, None) == cost(usage)


def test_a_model_that_is_free_costs_nothing_and_that_is_known() -> None:
    usage = Usage(input_tokens=10, output_tokens=10)

    assert Cost(0.0, "models.yaml") == cost(usage, priced(Prices(input=0, output=0)))


tokens = st.integers(0, 10**7)
price = st.floats(0, 200).map(lambda dollars: round(dollars, 4))
all_prices = st.builds(
    Prices,
    input=price,
    output=price,
    cached_input=st.none() | price,
    cache_write=st.none() | price,
    cache_write_1h=st.none() | price,
)
odd_usages = st.builds(
    Usage,
    input_tokens=tokens,
    output_tokens=tokens,
    cached_input_tokens=st.none() | tokens,
    reasoning_tokens=st.none() | tokens,
    cache_write_tokens=st.none() | tokens,
    cache_write_1h_tokens=st.none() | tokens,
)


@st.composite
def sound_usages(draw: st.DrawFn) -> Usage:
    """Usages whose parts are no larger than their sums."""
    plain, cached, written = draw(tokens), draw(tokens), draw(tokens)
    return Usage(
        input_tokens=plain + cached + written,
        output_tokens=draw(tokens),
        cached_input_tokens=cached,
        cache_write_tokens=written,
        cache_write_1h_tokens=draw(st.integers(0, written)),
    )


def usd(usage: Usage, prices: Prices) -> float:
    found = cost(usage, priced(prices)).usd
    assert found is not None
    return found


def added(one: Usage, other: Usage) -> Usage:
    names = ("input_tokens", "output_tokens", "cached_input_tokens", "cache_write_tokens",
             "cache_write_1h_tokens")  # fmt: skip
    return Usage(**{name: getattr(one, name) + getattr(other, name) for name in names})


@given(sound_usages(), sound_usages(), all_prices)
def test_costs_add_up(one: Usage, other: Usage, prices: Prices) -> None:
    both = usd(added(one, other), prices)

    assert both == pytest.approx(usd(one, prices) + usd(other, prices), abs=1e-8)


@given(odd_usages, all_prices)
def test_a_cost_is_never_negative_nor_more_than_the_bound(usage: Usage, prices: Prices) -> None:
    """Whatever a server counts, however odd."""
    model = priced(prices, sampling=Sampling(max_tokens=usage.output_tokens))

    most = most_usd(model, usage.input_tokens or 0)

    assert most is not None
    assert 0 <= usd(usage, prices) <= most + 1e-9


@given(tokens, st.data(), price, price)
def test_a_cheaper_cache_never_makes_it_dearer(
    whole: int, data: st.DataObject, full: float, output: float
) -> None:
    cached = data.draw(st.integers(0, whole))
    prices = Prices(input=full, output=output, cached_input=data.draw(st.floats(0, full)))

    with_cache = Usage(input_tokens=whole, output_tokens=1, cached_input_tokens=cached)
    without = Usage(input_tokens=whole, output_tokens=1)

    assert usd(with_cache, prices) <= usd(without, prices) + 1e-9
