"""What an answer cost, and who says so: the server, models.yaml, or a list of prices."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from tests.plugin.conftest import RunsOnDisk
from tests.servers.misbehaving import MisbehavingServer

ENTRY = """
models:
- {{name: m, type: openai, model: ok, api_base: "{url}", max_tokens: 1000{more}}}
"""
AUTO = ", prices: 'auto:anthropic/claude-3-5-sonnet-20241022'"
"""A model that is no longer sold: 3 and 15 dollars, 0.30 out of a cache."""


def run(
    pytester: pytest.Pytester, server: MisbehavingServer, *options: str, more: str = ""
) -> pytest.RunResult:
    (pytester.path / "models.yaml").write_text(ENTRY.format(url=server.url, more=more))
    return pytester.runpytest("--llm-models=models.yaml", *options)


def costs(runs: RunsOnDisk) -> list[tuple[Any, Any]]:
    return [(record["cost_usd"], record["cost_source"]) for record in runs.records]


@pytest.mark.parametrize("more", ["", ", prices: {input: 1, output: 2}"])
def test_a_server_that_says_what_it_charged_is_believed(
    pytester: pytest.Pytester, add_file: Path, runs: RunsOnDisk, more: str
) -> None:
    with MisbehavingServer(usage={"cost": 0.25}) as server:
        result = run(pytester, server, more=more)

    assert [(0.25, "server")] == costs(runs)
    result.stdout.fnmatch_lines(["*$/correct*", "*0.25*"])


def test_a_charge_of_nothing_is_not_believed(
    pytester: pytest.Pytester, add_file: Path, runs: RunsOnDisk
) -> None:
    with MisbehavingServer(usage={"cost": 0.0}) as server:
        result = run(pytester, server)

        assert [(None, None)] == costs(runs)
        result.stdout.no_fnmatch_line("*$/correct*")

        run(pytester, server, more=", prices: {input: 1, output: 2}")

    assert [(pytest.approx(27e-6), "models.yaml")] == costs(runs)


def test_what_was_charged_is_reused_with_the_answer(
    pytester: pytest.Pytester, add_file: Path, runs: RunsOnDisk
) -> None:
    with MisbehavingServer(usage={"cost": 0.25}) as server:
        run(pytester, server)
        run(pytester, server, "--llm-reuse=last")

        assert 1 == server.count("ok")
    assert [(0.25, "server")] == costs(runs)


def test_the_charges_of_several_questions_add_up(
    pytester: pytest.Pytester, runs: RunsOnDisk
) -> None:
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.llm
        def test_talk(llm):
            llm.generate("one"), llm.generate("two")
        """
    )
    with MisbehavingServer(usage={"cost": 0.25}) as server:
        run(pytester, server)

    assert [(0.5, "server")] == costs(runs)


def test_a_price_out_of_the_list(
    pytester: pytest.Pytester, add_file: Path, runs: RunsOnDisk
) -> None:
    version = pytest.importorskip("genai_prices").__version__
    with MisbehavingServer() as server:
        result = run(pytester, server, "--llm-budget=1", more=AUTO)

        assert 1 == server.count("ok")
    expected = ((7 - 3) * 3 + 3 * 0.3 + 10 * 15) / 1e6
    assert [(pytest.approx(expected), f"genai-prices {version}")] == costs(runs)
    (model,) = runs.manifest["models"]
    assert "claude-3-5-sonnet" in model["prices"]["model"]
    assert f"genai-prices {version}" == model["prices"]["list"]
    result.stdout.fnmatch_lines(["*$/correct*", "budget: $0.00016* of $1.00 spent*"])


def test_a_price_out_of_the_list_bounds_a_run(pytester: pytest.Pytester, add_file: Path) -> None:
    pytest.importorskip("genai_prices")
    with MisbehavingServer(latency_s=0.05) as server:
        dry = run(pytester, server, "--llm-dry-run", "--llm-samples=1000", more=AUTO)
        # An answer of 1000 tokens costs 0.015, and what is asked comes on top.
        run(pytester, server, "--llm-budget=0.015", "--llm-samples=5", more=AUTO)
        asked = server.count("ok")
        run(pytester, server, "--llm-budget=0.017", "--llm-samples=5", more=AUTO)

        assert (0, 5, 1) == (asked, server.count("ok"), server.peak)
    dry.stdout.re_match_lines([r"m +1000 +[\d,]+ +1,000,000 +15\.\d\d"])


def test_a_list_that_is_not_installed_is_told(
    pytester: pytest.Pytester, add_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "genai_prices", None)
    with MisbehavingServer() as server:
        result = run(pytester, server, more=AUTO)

    assert pytest.ExitCode.USAGE_ERROR == result.ret
    result.stderr.fnmatch_lines(
        ["ERROR: models.yaml:3: prices: needs the package genai-prices: pip install *prices*"]
    )
