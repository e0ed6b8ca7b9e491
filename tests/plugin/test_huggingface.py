"""Sessions with a model in this process, and without the libraries that it needs."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.plugin.conftest import RunsOnDisk
from tests.tiny_model import save_tiny_model

MODELS = """
models:
- {{name: tiny, type: huggingface, repo: {repo}, temperature: 0.9, seed: 1, max_new_tokens: 9}}
"""
COMMIT = "0123456789abcdef0123456789abcdef01234567"
WITHOUT = "import sys\nsys.modules['torch'] = None\n"
"""A conftest.py, after which it is as if PyTorch were not installed."""


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model; made before pytester begins to forget imports, which PyTorch does not survive."""
    return save_tiny_model(tmp_path_factory.mktemp("tiny"), context=1024)


@pytest.fixture
def write_models(pytester: pytest.Pytester) -> Callable[[str], None]:
    def write(repo: str) -> None:
        (pytester.path / "models.yaml").write_text(MODELS.format(repo=repo))

    return write


def test_without_the_extra_the_session_does_not_begin(
    pytester: pytest.Pytester, add_file: Path, write_models: Callable[[str], None]
) -> None:
    write_models("a/b")
    pytester.makeconftest(WITHOUT)

    result = pytester.runpytest_subprocess("--llm-models=models.yaml")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(
        ["ERROR: *models.yaml:3: model 'tiny' needs torch*; install with pip install 'pytest-*"]
    )


def test_a_folder_is_asked_once_and_its_answers_are_reused_where_it_is_not(
    pytester: pytest.Pytester,
    add_file: Path,
    write_models: Callable[[str], None],
    runs: RunsOnDisk,
    tiny: Path,
) -> None:
    shutil.copytree(tiny, pytester.path / "tiny")
    write_models("./tiny")

    result = pytester.runpytest_subprocess("--llm-models=models.yaml", "--llm-samples=2")

    # Random weights solve nothing; what counts is that their answers were judged.
    result.assert_outcomes(failed=1)
    first = runs.records
    assert len({record["completion"] for record in first}) == 2
    for record in first:
        assert record["outcome"] not in {"error", "passed"}
        assert record["model_returned"].startswith("sha256:")
        assert "transformers" in record["fingerprint"]
        assert 1 <= record["output_tokens"] <= 9
        assert 0 < record["ttft"] <= record["latency"]

    shutil.rmtree(pytester.path / "tiny")
    pytester.makeconftest(WITHOUT)
    pytester.runpytest_subprocess("--llm-models=models.yaml", "--llm-samples=3", "--llm-reuse=last")

    *reused, missing = runs.records
    assert [it["completion"] for it in reused] == [it["completion"] for it in first]
    assert missing["outcome"] == "error"
    assert "model 'tiny' needs torch" in missing["error"]


def test_a_name_on_the_hub_is_recorded_with_its_commit(
    pytester: pytest.Pytester,
    add_file: Path,
    write_models: Callable[[str], None],
    runs: RunsOnDisk,
    tiny: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cached = pytester.path / "cache/models--owner--tiny"
    shutil.copytree(tiny, cached / "snapshots" / COMMIT)
    (cached / "refs").mkdir()
    (cached / "refs/main").write_text(COMMIT)
    monkeypatch.setenv("HF_HUB_CACHE", str(cached.parent))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    # A folder of the same name is not it.
    (pytester.path / "owner/tiny").mkdir(parents=True)
    write_models("owner/tiny")

    pytester.runpytest_subprocess("--llm-models=models.yaml")

    assert [record["model_returned"] for record in runs.records] == [f"owner/tiny@{COMMIT}"]


def test_a_name_that_cannot_be_had_is_infra(
    pytester: pytest.Pytester,
    add_file: Path,
    write_models: Callable[[str], None],
    runs: RunsOnDisk,
    tiny: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(pytester.path / "empty"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    write_models("owner/absent")

    result = pytester.runpytest_subprocess("--llm-models=models.yaml", "--llm-samples=2")

    assert {record["outcome"] for record in runs.records} == {"error"}
    result.stdout.fnmatch_lines(["*connection: the model cannot be loaded: *"])
