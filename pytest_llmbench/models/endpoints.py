"""A model that is served in several places, taken apart."""

from __future__ import annotations

from dataclasses import replace

from pytest_llmbench.vocabulary import Model

__all__ = ["endpoint_models"]


def endpoint_models(model: Model) -> list[Model]:
    """Give a model as each of its endpoints serves it."""
    if not model.endpoints:
        return [model]
    return [
        replace(
            model,
            endpoints=(),
            base_url=endpoint.base_url,
            api_key=endpoint.api_key or model.api_key,
            headers={**model.headers, **endpoint.headers},
            concurrency=endpoint.concurrency or model.concurrency,
            requests_per_minute=endpoint.requests_per_minute or model.requests_per_minute,
            tokens_per_minute=endpoint.tokens_per_minute or model.tokens_per_minute,
        )
        for endpoint in model.endpoints
    ]
