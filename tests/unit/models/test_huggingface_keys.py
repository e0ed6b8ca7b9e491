"""The keys of models that are loaded here: each mistake at its own line, with its fix."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_llmbench.errors import ConfigError
from pytest_llmbench.models.modelfile import read_model_file
from pytest_llmbench.vocabulary import Model, Sampling


def only(tmp_path: Path, *lines: str) -> Model:
    path = tmp_path / "models.yaml"
    path.write_text("\n".join(["models:", "- name: m", "  type: huggingface", *lines]))
    (entry,) = read_model_file(path)
    return entry.build({})


def test_every_key_is_taken(tmp_path: Path) -> None:
    model = only(
        tmp_path,
        "  repo: Qwen/Qwen2.5-Coder-7B-Instruct",
        "  revision: c03e6d358207e414f1eca0bb1891e29f1db0e242",
        "  dtype: bfloat16",
        "  quantization: 4bit",
        "  device: cuda:1",
        "  max_new_tokens: 512",
        "  temperature: 0.2",
        "  stop: ['```']",
        "  system: Be brief.",
    )

    assert model.model == "Qwen/Qwen2.5-Coder-7B-Instruct"
    assert model.options == {
        "repo": "Qwen/Qwen2.5-Coder-7B-Instruct",
        "revision": "c03e6d358207e414f1eca0bb1891e29f1db0e242",
        "dtype": "bfloat16",
        "quantization": "4bit",
        "device": "cuda:1",
    }
    assert model.sampling == Sampling(temperature=0.2, max_tokens=512, stop=("```",))
    assert model.system == "Be brief."


def test_a_folder_lies_where_the_file_lies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/somebody")

    beside = only(tmp_path, "  repo: ./weights/tiny")
    home = only(tmp_path, "  repo: ~/tiny")
    absolute = only(tmp_path, "  repo: /srv/tiny")

    assert beside.options == {"repo": "./weights/tiny", "folder": f"{tmp_path}/weights/tiny"}
    assert home.options["folder"] == "/home/somebody/tiny"
    assert absolute.options["folder"] == "/srv/tiny"


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["  seed: 1"], "3: type 'huggingface' needs 'repo:', a name on the Hub"),
        (["  repo: a b"], "4: repo: 'a b' is neither a name on the Hub (owner/name) nor a folder"),
        (["  repo: a/b/c"], "4: repo: 'a/b/c' is neither"),
        (["  repo: ./a", "  revision: main"], "5: revision: a folder has none; leave it out"),
        (["  repo: a/b", "  revision: 1234567"], "5: revision: must be text, not 1234567; put"),
        (
            ["  repo: a/b", "  dtype: bfloat"],
            "5: dtype: unknown value 'bfloat'; did you mean 'bfloat16'? "
            "known: auto, float32, bfloat16, float16",
        ),
        (["  repo: a/b", "  dtype: bf16"], "unknown value 'bf16'; did you mean 'bfloat16'?"),
        (["  repo: a/b", "  dtype: fp8"], "5: dtype: unknown value 'fp8'; known: auto, float32"),
        (["  repo: a/b", "  quantization: 8"], "5: quantization: must be text, not 8"),
        (["  repo: a/b", "  quantization: q4_k_m"], "known: none, 8bit, 4bit"),
        (
            ["  repo: a/b", "  device: gpu"],
            "5: device: unknown value 'gpu'; did you mean 'cuda'? known: auto, cpu, cuda",
        ),
        (["  repo: a/b", "  device: cuda:x"], "known: auto, cpu, cuda, mps, cuda:0, cuda:1, ..."),
        (["  repo: a/b", "  device: 0"], "5: device: must be text, not 0; put it in quotes"),
        (["  repo: a/b", "  max_tokens: 5"], "5: unknown key 'max_tokens'; did you mean 'max_new"),
    ],
)
def test_a_mistake_is_shown_with_its_line_and_its_fix(
    tmp_path: Path, lines: list[str], message: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        only(tmp_path, *lines)

    assert str(caught.value).startswith(f"{tmp_path}/models.yaml:")
    assert message in str(caught.value)
