"""Prices out of a public list: the package `genai-prices`, an optional extra.

It is a file of prices with their dates, tiers and times of day, and the arithmetic that
belongs to them. It is read from where it is installed and never fetched: a run makes no
connection that nobody asked for. It is imported when a price is needed first.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from pytest_llmbench.errors import ConfigError
from pytest_llmbench.models.address import public_url
from pytest_llmbench.vocabulary import ListedPrices, Model, Usage

if TYPE_CHECKING:
    from genai_prices.types import ModelInfo, ModelPrice, Provider

__all__ = ["Listing", "find_listing", "listing_of"]

INSTALL = "pip install 'pytest-llmbench[prices]'"
_INPUT_KEYS = ("input_mtok", "cache_read_mtok")
_WRITE_KEYS = ("cache_write_mtok", "cache_write_5m_mtok")
_OUTPUT_KEYS = ("output_mtok", "output_reasoning_mtok")
_SOON = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Listing:
    """What the list says of one model."""

    provider: Provider
    model: ModelInfo
    source: str
    """The list with its version."""

    def cost_usd(self, usage: Usage, started_at: str | None, asked: Model) -> float | None:
        """Price tokens at the time of the request; `None` where the list has no such price."""
        from genai_prices import Usage as Tokens

        time = _time(started_at)
        context = _context(asked)
        if not _prices_text(self.model.get_prices(time, context)):
            return None
        tokens = _clamped(usage)
        try:
            found = self.model.calc_price(
                Tokens(**tokens),
                self.provider,
                genai_request_timestamp=time,
                price_context=context,
            )
        except (ValueError, TypeError):  # a combination that the list has no rule for
            return None
        return float(found.total_price)

    def most_usd(self, input_tokens: int, output_tokens: int | None, asked: Model) -> float | None:
        """Give the most that a request can cost: at the dearest hour, with no cache's discount.

        `input_tokens` is an estimate: the dearer tiers count already from a third of them on.
        `None` where the list has no price, or where nothing bounds the output.
        """
        prices = _from_now_on(self.model, _context(asked))
        if not all(map(_prices_text, prices)):
            return None
        taken = _rate(prices, (*_INPUT_KEYS, *_written_keys(asked))).most(input_tokens)
        given = _rate(prices, _OUTPUT_KEYS).most(input_tokens)
        if output_tokens is None and given:
            return None
        per_thousand = _rate(prices, ("requests_kcount",)).most(input_tokens)
        dollars = (input_tokens * taken + (output_tokens or 0) * given) / 1_000_000
        return float(dollars + per_thousand / 1000)

    def describe(self) -> dict[str, str]:
        """Say for the manifest what was found, and the prices as they are now."""
        return {
            "list": self.source,
            "provider": self.provider.id,
            "model": self.model.id,
            "now": str(self.model.get_prices(datetime.now(UTC))),
        }


def find_listing(prices: ListedPrices, model: Model) -> Listing:
    """Find a model in the list; raise ConfigError with the remedy where that cannot be."""
    try:
        import genai_prices
        from genai_prices.data_snapshot import get_snapshot
    except ImportError:
        raise ConfigError(f"needs the package genai-prices: {INSTALL}") from None
    source = f"genai-prices {genai_prices.__version__}"
    url = None if prices.provider else public_url(model.base_url)
    name = prices.model or model.model
    snapshot = get_snapshot()
    if not prices.provider and not url:
        raise ConfigError("no address says whose model it is; write auto:PROVIDER/MODEL")
    try:
        provider, found = snapshot.find_provider_model(name, None, prices.provider, url)
    except LookupError:
        whose = prices.provider or url
        raise ConfigError(
            f"{source} knows no model {name!r} of {whose}; write auto:PROVIDER/MODEL, "
            "or the prices themselves: {input: ..., output: ...}"
        ) from None
    return Listing(provider, found, source)


def listing_of(model: Model) -> Listing | None:
    """Give what the list says of a model that takes its prices from there, if anything."""
    if not isinstance(model.prices, ListedPrices):
        return None
    try:
        return find_listing(model.prices, model)
    except ConfigError:  # where it was demanded, that was said when models.yaml was read
        return None


def _clamped(usage: Usage) -> dict[str, int]:
    """Give tokens whose parts are no larger than their sums: servers count in odd ways."""
    whole, output = usage.input_tokens or 0, usage.output_tokens or 0
    cached = min(usage.cached_input_tokens or 0, whole)
    written = min(usage.cache_write_tokens or 0, whole - cached)
    return {
        "input_tokens": whole,
        "cache_read_tokens": cached,
        "cache_write_tokens": written,
        "cache_write_1h_tokens": min(usage.cache_write_1h_tokens or 0, written),
        "output_tokens": output,
        "output_reasoning_tokens": min(usage.reasoning_tokens or 0, output),
    }


def _context(model: Model) -> dict[str, str]:
    """Give what a request asks for that has prices of its own."""
    asked = {key: model.extra_body.get(key) for key in ("service_tier", "speed")}
    return {key: value for key, value in asked.items() if isinstance(value, str)}


def _time(text: str | None) -> datetime:
    try:
        time = datetime.fromisoformat(text or "")
    except ValueError:
        return datetime.now(UTC)
    return time if time.tzinfo else time.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _Rate:
    """What a million tokens cost, each price with the number of input tokens it begins after."""

    steps: tuple[tuple[int, Decimal], ...]

    def most(self, input_tokens: int) -> Decimal:
        applicable = [price for start, price in self.steps if start < max(1, 3 * input_tokens)]
        return max(applicable, default=Decimal(0))


def _from_now_on(model: ModelInfo, context: Mapping[str, str]) -> list[ModelPrice]:
    """Give the prices that may be those of a request in the next days, at any time of day."""
    from genai_prices.types import ModelPrice, StartDateConstraint, TimeOfDateConstraint

    now = datetime.now(UTC)
    found = [model.get_prices(now), model.get_prices(now, context)]
    if isinstance(model.prices, ModelPrice):
        return found
    for each in reversed(model.prices):  # the last one that holds counts
        constraint = each.constraint
        if isinstance(constraint, TimeOfDateConstraint):
            found.append(each.prices)
        elif not isinstance(constraint, StartDateConstraint) or constraint.active(now):
            return [*found, each.prices]
        elif constraint.active(now + _SOON):
            found.append(each.prices)
    return found


def _written_keys(model: Model) -> tuple[str, ...]:
    """Give the keys of what a request may have to pay for a cache.

    Anthropic's API writes one where it is told to; others do as they like.
    """
    body = json.dumps(dict(model.extra_body), default=str)
    if model.type == "anthropic" and "cache_control" not in body:
        return ()
    return _WRITE_KEYS if '"1h"' not in body else (*_WRITE_KEYS, "cache_write_1h_mtok")


def _prices_text(prices: ModelPrice) -> bool:
    """Whether tokens in and out have a price: no entry is not the same as free."""
    return prices.input_mtok is not None and prices.output_mtok is not None


def _rate(several: Sequence[ModelPrice], keys: tuple[str, ...]) -> _Rate:
    """Collect the prices of some keys, tier by tier."""
    steps: list[tuple[int, Decimal]] = []
    for prices in several:
        for price in (vars(prices).get(key) for key in keys):
            if isinstance(price, Decimal):
                steps.append((0, price))
            elif price is not None:
                steps += [(0, price.base), *((tier.start, tier.price) for tier in price.tiers)]
    return _Rate(tuple(steps))
