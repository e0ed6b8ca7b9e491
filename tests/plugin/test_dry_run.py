"""`--llm-dry-run` counts what would be asked, and sends nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.servers.misbehaving import MisbehavingServer

MODELS = """
models:
- {{name: priced, type: openai, model: ok, api_base: "{url}", max_tokens: 1000,
   prices: {{input: 3, output: 10}}}}
- {{name: unpriced, type: openai, model: ok, api_base: "{url}", max_tokens: 10}}
- {{name: unbounded, type: anthropic, model: ok, api_base: "{url}"}}
"""


def run(
    pytester: pytest.Pytester, server: MisbehavingServer, *options: str
) -> tuple[pytest.RunResult, int]:
    (pytester.path / "models.yaml").write_text(MODELS.format(url=server.url))
    result = pytester.runpytest("--llm-models=models.yaml,reference", *options)
    return result, server.count("ok")


def test_requests_tokens_and_cost_are_said_and_nothing_is_sent(
    pytester: pytest.Pytester, add_file: Path
) -> None:
    with MisbehavingServer() as server:
        result, asked = run(pytester, server, "--llm-samples=7", "--llm-dry-run")

    assert (0, 0) == (result.ret, asked)
    result.stdout.fnmatch_lines(
        [
            "*llm dry run: nothing was sent*",
            "priced * 7 * 7,000 * 0.07",
            "unpriced * 7 * 70 * [?]",
            "unbounded * 7 * [?] * [?]",
            "[?] set max_tokens in models.yaml: unbounded",
            "[?] set prices in models.yaml: unpriced",
        ]
    )
    result.stdout.no_fnmatch_line("reference *")
    assert not (pytester.path / ".llmbench").exists()


def test_what_is_deselected_is_not_counted(pytester: pytest.Pytester, add_file: Path) -> None:
    with MisbehavingServer() as server:
        result, _ = run(pytester, server, "--llm-dry-run", "-k", "unpriced")

    result.stdout.fnmatch_lines(["priced * 0 * 0 * 0 * 0.00", "unpriced * 1 * 10 *"])


def test_what_is_recorded_is_not_paid_for(pytester: pytest.Pytester, add_file: Path) -> None:
    with MisbehavingServer() as server:
        run(pytester, server, "--llm-samples=2", "-k", "priced-python or python-priced")
        result, _ = run(pytester, server, "--llm-samples=5", "--llm-reuse=last", "--llm-dry-run")

    result.stdout.fnmatch_lines(["model*requests*reused*", "priced * 3 * 2 * 3,000 * 0.03"])


def test_other_tests_do_not_run(pytester: pytest.Pytester, add_file: Path) -> None:
    pytester.makepyfile("def test_it(): open('ran', 'w')")
    with MisbehavingServer() as server:
        run(pytester, server, "--llm-dry-run")

    assert not (pytester.path / "ran").exists()


def test_a_mistake_in_collection_is_still_one(pytester: pytest.Pytester, add_file: Path) -> None:
    (pytester.path / "bad.llmbench.yaml").write_text("problems: 3\n")
    with MisbehavingServer() as server:
        result, asked = run(pytester, server, "--llm-dry-run")

    assert (pytest.ExitCode.INTERRUPTED, 0) == (result.ret, asked)


def test_there_is_nothing_to_distribute(pytester: pytest.Pytester, add_file: Path) -> None:
    with MisbehavingServer() as server:
        result, _ = run(pytester, server, "--llm-dry-run", "-n1")

    assert pytest.ExitCode.USAGE_ERROR == result.ret
    result.stderr.fnmatch_lines(["ERROR: --llm-dry-run: * drop -n"])
