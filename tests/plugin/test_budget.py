"""`--llm-budget` stops asking before it is passed, and says what was not asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.plugin.conftest import RunsOnDisk
from tests.servers.misbehaving import MisbehavingServer

MODELS = """
models:
- {{name: m, type: openai, model: ok, api_base: "{url}"{more}}}
"""
PRICED = ", max_tokens: 100, prices: {input: 0, output: 10000}"  # at most a dollar each


def run(
    pytester: pytest.Pytester, server: MisbehavingServer, *options: str, more: str = PRICED
) -> tuple[pytest.RunResult, int]:
    (pytester.path / "models.yaml").write_text(MODELS.format(url=server.url, more=more))
    before = server.count("ok")
    result = pytester.runpytest("--llm-models=models.yaml", *options)
    return result, server.count("ok") - before


def test_a_budget_that_is_enough_changes_nothing(pytester: pytest.Pytester, add_file: Path) -> None:
    with MisbehavingServer() as server:
        result, asked = run(pytester, server, "--llm-samples=3", "--llm-budget=$100")

    assert 3 == asked
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["budget: $* of $100.00 spent; no samples were not asked for"])


def test_what_could_pass_the_budget_is_not_asked(
    pytester: pytest.Pytester, add_file: Path, runs: RunsOnDisk
) -> None:
    with MisbehavingServer() as server:
        result, asked = run(
            pytester, server, "--llm-samples=40", "--llm-budget=2.5", "--llm-fail-under=0.1"
        )

    spent = sum(record["cost_usd"] or 0 for record in runs.records)
    unasked = [record for record in runs.records if (record["error"] or "").startswith("budget:")]
    assert 0 < asked < 40
    assert asked + len(unasked) == 40
    assert 1.5 < spent <= 2.5
    assert {0} == {record["attempts"] for record in unasked}
    result.stdout.fnmatch_lines(
        [
            f"budget: $* of $2.50 spent; {len(unasked)} samples were not asked for",
            "gate: *NOT met: *the run is incomplete*",
        ]
    )
    assert pytest.ExitCode.TESTS_FAILED == result.ret


def test_what_is_reused_costs_nothing(pytester: pytest.Pytester, add_file: Path) -> None:
    with MisbehavingServer() as server:
        run(pytester, server, "--llm-samples=3")
        result, asked = run(
            pytester, server, "--llm-samples=3", "--llm-budget=0.01", "--llm-reuse=last"
        )

    assert 0 == asked
    result.assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("more", "key"),
    [("", "prices"), (", prices: {input: 1, output: 2}", "max_tokens")],
)
def test_a_cost_without_a_bound_is_a_mistake(
    pytester: pytest.Pytester, add_file: Path, more: str, key: str
) -> None:
    with MisbehavingServer() as server:
        result, asked = run(pytester, server, "--llm-budget=5", more=more)

    assert (pytest.ExitCode.USAGE_ERROR, 0) == (result.ret, asked)
    result.stderr.fnmatch_lines([f"ERROR: models.yaml:3: model 'm' needs {key}, or --llm-budget*"])


def test_a_model_of_ones_own_costs_nothing(pytester: pytest.Pytester, add_file: Path) -> None:
    with MisbehavingServer() as server:
        result, asked = run(
            pytester, server, "--llm-budget=1", more=", prices: {input: 0, output: 0}"
        )

    assert 1 == asked
    result.assert_outcomes(passed=1)


@pytest.mark.parametrize("amount", ["0", "-1", "much", "inf"])
def test_an_amount_that_is_none_is_a_mistake(pytester: pytest.Pytester, amount: str) -> None:
    result = pytester.runpytest(f"--llm-budget={amount}")

    assert pytest.ExitCode.USAGE_ERROR == result.ret
    result.stderr.fnmatch_lines(["ERROR: --llm-budget: *"])
