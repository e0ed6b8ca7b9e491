"""Rates and their uncertainty."""

from __future__ import annotations

import math
from collections.abc import Sequence

__all__ = ["Interval", "clustered_interval", "pass_at_k", "quantile"]

Interval = tuple[float, float]

_Z95 = 1.959963984540054
"""97.5 % quantile of the normal distribution: two-sided 95 %."""


def pass_at_k(samples: int, passed: int, k: int) -> float:
    """Estimate, without bias, the chance that one of k samples is right.

    1 - C(n - c, k) / C(n, k), as a product that stays exact for large n
    (Chen et al. 2021, "Evaluating Large Language Models Trained on Code", eq. 1).
    Raise ValueError where k is larger than the number of samples.
    """
    if not 1 <= k <= samples or not 0 <= passed <= samples:
        msg = f"pass@{k} of {passed} passed in {samples} samples is not defined"
        raise ValueError(msg)
    if samples - passed < k:
        return 1.0
    return 1.0 - math.prod(1.0 - k / i for i in range(samples - passed + 1, samples + 1))


def clustered_interval(counts: Sequence[tuple[int, int]]) -> Interval:
    """Give a 95 % interval of the mean per-problem rate; samples of a problem are related.

    `counts` holds (passed, samples) of each problem. The variance is taken between
    problems, turned into an effective number of independent samples, and that number
    goes into Wilson's score interval (Wilson 1927). The effective number is corrected
    for the few clusters that it is estimated from by Student's t (Korn & Graubard 1998,
    "Confidence intervals for proportions with small expected number of positive
    counts"). With one sample per problem this is Wilson's interval; where every problem
    agrees, each problem counts once.
    """
    rates = [passed / samples for passed, samples in counts]
    problems = len(rates)
    if problems == 0:
        return (0.0, 1.0)
    mean = math.fsum(rates) / problems
    total = sum(samples for _, samples in counts)
    if total == problems:
        return _wilson(mean, problems)
    between = math.fsum((rate - mean) ** 2 for rate in rates)
    if problems == 1 or between == 0 or mean in {0.0, 1.0}:
        return _wilson(mean, problems)
    variance = between / (problems * (problems - 1))
    effective = mean * (1 - mean) / variance
    effective *= (_t95(total - 1) / _t95(problems - 1)) ** 2
    return _wilson(mean, min(effective, total))


def _wilson(rate: float, n: float) -> Interval:
    z2 = _Z95**2
    centre = (rate + z2 / (2 * n)) / (1 + z2 / n)
    half = _Z95 / (1 + z2 / n) * math.sqrt(rate * (1 - rate) / n + z2 / (4 * n * n))
    low = 0.0 if rate == 0 else max(0.0, centre - half)
    high = 1.0 if rate == 1 else min(1.0, centre + half)
    return (low, high)


def _t95(freedom: int) -> float:
    """97.5 % quantile of Student's t, by the Cornish-Fisher expansion.

    Abramowitz & Stegun 26.7.5; within 0.3 % from 4 degrees of freedom on. Fewer are
    looked up.
    """
    exact = {1: 12.7062, 2: 4.30265, 3: 3.18245}
    if freedom in exact:
        return exact[freedom]
    z, v = _Z95, float(freedom)
    g1 = (z**3 + z) / 4
    g2 = (5 * z**5 + 16 * z**3 + 3 * z) / 96
    g3 = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384
    return z + g1 / v + g2 / v**2 + g3 / v**3


def quantile(values: Sequence[float], q: float) -> float | None:
    """Give the smallest value that at least a share q of the values does not exceed."""
    if not values:
        return None
    ordered = sorted(values)
    return ordered[max(0, math.ceil(q * len(ordered)) - 1)]
