"""`--llm-models`: which spec means what."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from pytest_llmbench.errors import ConfigError
from pytest_llmbench.models.selection import ModelSource, select_models
from pytest_llmbench.vocabulary import ListedPrices, Model, Secret

FILE = """
models:
- {name: small, type: openai, api_base: 'http://127.0.0.1:1/v1'}
- {name: "qwen:7b", type: openai, api_base: 'http://127.0.0.1:2/v1'}
"""


def source(root: Path, environ: Mapping[str, str] | None = None) -> ModelSource:
    return ModelSource(root=root, folder=root, environ=environ or {}, discover=list)


def names(specs: list[str], where: ModelSource) -> list[str]:
    return [model.name for model in select_models(specs, where)]


def test_a_file_gives_all_its_models(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(FILE)

    assert ["small", "qwen:7b"] == names(["mine.yaml"], source(tmp_path))


def test_names_are_found_in_the_nearest_models_yaml_upward(tmp_path: Path) -> None:
    (tmp_path / "models.yaml").write_text(FILE)
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)

    assert ["qwen:7b", "small"] == names(["qwen:7b", "small"], source(below))


def test_specs_are_separated_by_commas_and_may_repeat(tmp_path: Path) -> None:
    assert ["reference", "mutant"] == names(["reference,mutant", "reference"], source(tmp_path))


def test_an_inline_spec_names_provider_model_and_server(tmp_path: Path) -> None:
    (model,) = select_models(["openai:qwen2.5:7b@http://localhost:8080/v1/"], source(tmp_path))

    assert model == Model(
        name="qwen2.5:7b", type="openai", model="qwen2.5:7b", base_url="http://localhost:8080/v1"
    )


@pytest.mark.parametrize(
    ("spec", "prices"),
    [
        ("openai:gpt-5-mini", ListedPrices()),
        ("openai:gpt-5-mini@https://api.openai.com.example/v1", None),
        ("ollama:qwen", None),
    ],
)
def test_a_model_at_its_home_costs_what_is_listed(
    tmp_path: Path, spec: str, prices: ListedPrices | None
) -> None:
    (model,) = select_models([spec], source(tmp_path, {"OPENAI_API_KEY": "sk-canary"}))

    assert prices == model.prices


def test_one_model_on_two_servers_is_two_models(tmp_path: Path) -> None:
    specs = ["openai:m@http://localhost:1/v1,openai:m@http://localhost:2/v1"]

    assert ["m", "m@localhost:2"] == names(specs, source(tmp_path))


def test_the_openai_key_goes_to_openai_only(tmp_path: Path) -> None:
    environ = {"OPENAI_API_KEY": "sk-1"}

    hosted, local = select_models(
        ["openai:gpt-5-mini", "openai:x@http://localhost:1/v1"], source(tmp_path, environ)
    )

    assert hosted.api_key == Secret("sk-1")
    assert local.api_key is None


def test_a_replay_is_named_after_its_file(tmp_path: Path) -> None:
    (model,) = select_models(["replay:runs/yesterday.jsonl"], source(tmp_path))

    assert model.name == "yesterday"
    assert model.options == {"file": str(tmp_path / "runs/yesterday.jsonl")}


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("smal", "unknown model 'smal'; did you mean 'small'?"),
        ("opena:gpt", "unknown provider 'opena' in 'opena:gpt'; did you mean 'openai'?"),
        ("nothing", "give a models.yaml, one of small"),
        ("openai:gpt-5", "needs OPENAI_API_KEY"),
        ("openai:@http://x/v1", "needs a model and a URL"),
        ("huggingface:x/y", "has no inline form; put it into a models.yaml"),
        ("absent.yaml", "absent.yaml:1: cannot be read: No such file or directory"),
    ],
)
def test_a_spec_that_means_nothing_is_named(tmp_path: Path, spec: str, message: str) -> None:
    (tmp_path / "models.yaml").write_text(FILE)

    with pytest.raises(ConfigError) as caught:
        select_models([spec], source(tmp_path))

    assert message in str(caught.value)


def test_two_different_models_of_one_name_are_refused(tmp_path: Path) -> None:
    for number in (1, 2):
        (tmp_path / f"{number}.yaml").write_text(
            f"models:\n- {{name: a, type: openai, api_base: 'http://h:{number}'}}\n"
        )

    with pytest.raises(ConfigError, match="two different models are named 'a'"):
        select_models(["1.yaml", "2.yaml"], source(tmp_path))
